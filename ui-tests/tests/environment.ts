import path from 'node:path';

/** The sample archive that this run serves. */
export interface ISample {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** Of an administrator, for tests that write objects. */
  readonly access_key: string;
  readonly secret_key: string;
}

/** What `./test browser` (scripts/checks/browser.py) has started for us. */
export interface IEnvironment {
  /** `JupyterLab 4.6`, `Notebook 7.6`, … */
  readonly target: string;
  readonly app: 'lab' | 'notebook' | 'lite';
  /** The server's address, without a slash at the end. */
  readonly base: string;
  readonly token: string;
  /** Folders on this machine: what the server shows, and where settings lie. */
  readonly workspace: string;
  readonly settings: string;
  /** Where the running server says its process id. */
  readonly runtime: string;
  readonly sample: ISample;
  /** Whether counts and times are at their full size (`--full`). */
  readonly full: boolean;
}

function read(): IEnvironment {
  const text = process.env.MAST_UI;
  if (!text) {
    throw new Error('Run the browser tests by `./test browser [name]`.');
  }
  return JSON.parse(text) as IEnvironment;
}

export const environment = read();

/** The samples, by their keys. */
export const SAMPLES = path.join(__dirname, '..', '..', 'samples', 'stpubdata');
