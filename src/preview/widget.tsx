import { Clipboard, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
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
  constructor(private readonly _options: HeaderWidget.IOptions) {
    super();
    this.addClass('mast-Preview');
    this.model = new HeaderModel(_options.source);
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
        origin={this._options.source.origin}
        trans={this._options.trans}
        locale={this._options.locale}
        commands={this._options.commands}
        copyText={text => Clipboard.copyToSystem(text)}
      />
    );
  }
}

export namespace HeaderWidget {
  export interface IOptions {
    readonly source: IByteSource;
    readonly trans: TranslationBundle;
    /** JupyterLab's language, for numbers. */
    readonly locale: string;
    readonly commands: CommandRegistry;
  }
}
