import { Clipboard, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IByteSource } from '../tokens';
import { HeaderView } from './components/HeaderView';
import { HeaderModel } from './model';
import '../../style/ui.css';
import '../../style/preview.css';

/**
 * The content of a FITS document: its headers. Starts reading at once, by
 * ranges; the data is not fetched.
 */
export class HeaderWidget extends ReactWidget {
  constructor(
    source: IByteSource,
    private readonly _trans: TranslationBundle,
    private readonly _locale: string
  ) {
    super();
    this.addClass('mast-Preview');
    this.model = new HeaderModel(source);
    void this.model.read();
  }

  readonly model: HeaderModel;

  dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected render(): React.ReactElement {
    return (
      <HeaderView
        model={this.model}
        trans={this._trans}
        locale={this._locale}
        copyText={text => Clipboard.copyToSystem(text)}
      />
    );
  }
}
