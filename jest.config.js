const jestJupyterLab = require('@jupyterlab/testing/lib/jest-config');

const esModules = [
  '@codemirror',
  '@jupyter/',
  '@jupyterlab/',
  '@microsoft/',
  '@tanstack/',
  'exenv-es6',
  'lib0',
  'nanoid',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
].join('|');

const baseConfig = jestJupyterLab(__dirname);

module.exports = {
  ...baseConfig,
  automock: false,
  setupFiles: [...baseConfig.setupFiles, '<rootDir>/jest.setup.js'],
  // `umd`: d3 has no other files that are no ES modules.
  testEnvironmentOptions: {
    customExportConditions: ['node', 'node-addons', 'umd']
  },
  modulePathIgnorePatterns: [
    '<rootDir>/jupyterlab_mast/labextension',
    '<rootDir>/lib',
    '<rootDir>/.venv'
  ],
  reporters: ['default'],
  collectCoverageFrom: ['src/**/*.{ts,tsx}'],
  testRegex: 'src/.*/.*.spec.ts[x]?$',
  transformIgnorePatterns: [`/node_modules/(?!${esModules}).+`]
};
