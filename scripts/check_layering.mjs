/**
 * Proves that ESLint holds the layers of src/: lints files that are not there
 * with imports that must be allowed or refused, and says for each whether it
 * was. One JSON object a line: {name, passed, detail}.
 */
import { ESLint } from 'eslint';
import path from 'node:path';
import tseslint from 'typescript-eslint';

const root = path.resolve(import.meta.dirname, '..');
const boundaries = 'boundaries/dependencies';
const unknown = 'boundaries/no-unknown-files';
const imports = '@typescript-eslint/no-restricted-imports';

/** [file, statement, the rule that must refuse it, or null]. */
const cases = [
  ['src/archive/x.ts', "import '../ui/format'", null],
  ['src/archive/x.ts', "import '../missions'", null],
  ['src/archive/x.ts', "import './model'", null],
  ['src/archive/components/x.ts', "import '../model'", null],
  ['src/archive/x.ts', "import { IArchive } from '../tokens'", null],
  ['src/index.ts', "import './archive/model'", null],
  ['src/archive/x.ts', "import '../preview/model'", boundaries],
  ['src/archive/x.ts', "void import('../preview/model')", boundaries],
  ['src/archive/x.ts', "export * from '../preview/model'", boundaries],
  ['src/preview/x.ts', "import '../archive/model'", boundaries],
  [
    'src/preview/x.ts',
    "import type * as m from '../archive/model'",
    boundaries
  ],
  ['src/archive/x.ts', "import '../index'", boundaries],
  ['src/ui/x.ts', "import '../archive/model'", boundaries],
  ['src/missions/x.ts', "import '../ui/format'", boundaries],
  ['src/missions/x.ts', "import '../fits'", boundaries],
  ['src/fits/x.ts', "import '../missions'", boundaries],
  ['src/tokens.ts', "import './missions'", boundaries],
  ['src/fits/x.ts', "import type { IByteSource } from '../tokens'", null],
  ['src/fits/x.ts', "import { IArchive } from '../tokens'", imports],
  ['src/fits/x.ts', "import '@lumino/coreutils'", imports],
  ['src/missions/x.ts', "import '@jupyterlab/services'", imports],
  ['src/missions/x.ts', "import * as React from 'react'", imports],
  ['src/elsewhere/x.ts', "import '../missions'", unknown]
];

const eslint = new ESLint({
  cwd: root,
  overrideConfig: {
    files: ['**/*.ts'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { parserOptions: { projectService: false } }
  }
});

for (const [file, statement, rule] of cases) {
  const [result] = await eslint.lintText(`${statement};\n`, {
    filePath: path.join(root, file)
  });
  const found = result.messages
    .filter(m => m.fatal || [boundaries, imports, unknown].includes(m.ruleId))
    .map(m => `${m.ruleId}: ${m.message}`);
  const passed = rule
    ? found.some(text => text.startsWith(rule))
    : found.length === 0;
  console.log(
    JSON.stringify({
      name: `${rule ? 'refuses' : 'allows'} ${statement} in ${file}`,
      passed,
      detail: found.join('\n') || 'nothing was said'
    })
  );
}
