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
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons'] },
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
