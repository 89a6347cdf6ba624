import { ServerConnection, type Contents } from '@jupyterlab/services';
import type { IByteSource } from '../tokens';

/**
 * Bytes of a file of the workspace, by HTTP ranges.
 *
 * Source: RFC 9110, section 14 (range requests).
 */
export class FileSource implements IByteSource {
  constructor(
    private readonly _path: string,
    private readonly _contents: Contents.IManager,
    private readonly _settings: ServerConnection.ISettings
  ) {}

  async size(): Promise<number> {
    const model = await this._contents.get(this._path, { content: false });
    return model.size ?? 0;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    this._url ??= await this._contents.getDownloadUrl(this._path);
    const answer = await ServerConnection.makeRequest(
      this._url,
      { cache: 'no-cache', headers: { Range: `bytes=${start}-${end - 1}` } },
      this._settings
    );
    if (answer.status === 416) {
      return new Uint8Array();
    }
    if (!answer.ok) {
      throw new Error(
        `The file could not be read (${answer.status} ${answer.statusText}).`
      );
    }
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return answer.status === 206 ? bytes : bytes.subarray(start, end);
  }

  private _url: string | null = null;
}
