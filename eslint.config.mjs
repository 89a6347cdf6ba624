import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/**
 * The rooms of src/, from low to high. A folder imports itself or what is
 * lower, never up or sideways; everybody may import tokens.ts, and index.ts
 * may import everybody.
 */
export const layers = [
  ['missions', 'fits', 'rest'],
  ['ui'],
  ['archive', 'search', 'preview', 'transfers', 'quota', 'sharing']
];

const folders = layers.flat();

const node = Object.fromEntries(
  ['console', 'module', 'process', 'require', '__dirname', 'URL'].map(name => [
    name,
    'readonly'
  ])
);

const allowed = folders.map(folder => {
  const level = layers.findIndex(layer => layer.includes(folder));
  return {
    from: { element: { type: folder } },
    allow: {
      to: {
        element: {
          types: { anyOf: [folder, ...layers.slice(0, level).flat()] }
        }
      }
    }
  };
});

/** What src/missions and src/fits must not know of: they run in a worker and in Node. */
const jupyter = [
  '@jupyterlab/*',
  '@jupyter/*',
  '@lumino/*',
  'react',
  'react-dom',
  'react/*',
  'react-dom/*'
];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '.venv/',
      'lib/',
      'dist/',
      'build/',
      'coverage/',
      'samples/',
      'jupyterlab_mast/labextension/',
      'src/api/',
      'tests/data/',
      'floor/lib/',
      'ui-tests/test-results/',
      'ui-tests/playwright-report/'
    ]
  },
  js.configs.recommended,
  {
    files: ['**/*.{js,cjs}'],
    languageOptions: { sourceType: 'commonjs', globals: node }
  },
  {
    files: ['style/*.js'],
    languageOptions: { sourceType: 'module' }
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: node }
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
      reactHooks.configs['recommended-latest'],
      jsxA11y.flatConfigs.recommended
    ],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      curly: ['error', 'all'],
      eqeqeq: ['error', 'smart'],
      'no-console': ['error', { allow: ['warn', 'error'] }],
      'prefer-arrow-callback': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports' }
      ],
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: { regex: '^I[A-Z]', match: true }
        }
      ],
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }],
      // A token and its interface have one name, and namespaces hold options
      // and private parts: the ways of JupyterLab.
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-redeclare': 'off',
      // `signal.connect(this._onChanged, this)` is how Lumino's signals are used.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true }
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true }
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Types of JupyterLab 4.2 and 4.6 differ in what may be undefined.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Interfaces stand for classes everywhere in JupyterLab.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Prettier decides where lines end.
      'no-unexpected-multiline': 'off',
      // Keys hold any character.
      'no-control-regex': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      // Methods of asynchronous interfaces that have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // Grids and lists take the keyboard in one place for all their rows,
      // which these rules cannot see; axe looks at the running thing.
      'jsx-a11y/click-events-have-key-events': 'off',
      'jsx-a11y/interactive-supports-focus': 'off',
      'jsx-a11y/no-noninteractive-element-interactions': 'off',
      'jsx-a11y/no-noninteractive-tabindex': 'off',
      'jsx-a11y/no-static-element-interactions': 'off'
    }
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { boundaries },
    settings: {
      'import/resolver': { typescript: { project: './tsconfig.json' } },
      'boundaries/include': ['src/**/*'],
      'boundaries/elements': folders.map(folder => ({
        type: folder,
        pattern: `src/${folder}`
      })),
      'boundaries/files': [
        { category: 'tokens', pattern: 'src/tokens.ts' },
        { category: 'index', pattern: 'src/index.ts' }
      ],
      'boundaries/dependency-nodes': [
        'import',
        'export',
        'dynamic-import',
        'require'
      ]
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            { allow: { to: { module: { origin: ['external', 'core'] } } } },
            { allow: { to: { file: { categories: 'tokens' } } } },
            {
              from: { file: { categories: 'index' } },
              allow: { to: { element: { types: { anyOf: folders } } } }
            },
            ...allowed
          ]
        }
      ],
      'boundaries/no-unknown-files': 'error'
    }
  },
  {
    files: ['src/{missions,fits}/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: jupyter,
              message: 'missions and fits know nothing of Jupyter or React.'
            },
            {
              group: ['**/tokens'],
              allowTypeImports: true,
              message: 'Only types: tokens.ts loads Lumino.'
            }
          ]
        }
      ]
    }
  },
  {
    files: ['**/*.spec.{ts,tsx}', 'ui-tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // fast-check 3 has two names for many things; 4 will have one.
      '@typescript-eslint/no-deprecated': 'off'
    }
  },
  {
    files: ['ui-tests/**/*.ts'],
    // Playwright's fixtures end with `use(…)`, which is no hook of React's.
    rules: { 'react-hooks/rules-of-hooks': 'off', 'no-empty-pattern': 'off' }
  }
);
