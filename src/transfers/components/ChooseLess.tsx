import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';
import type { Sentences } from '../sentences';
import type { IKind, ITransfer } from '../types';
import { Kinds } from './Kinds';
import '../../../style/transfers-copy-dialog.css';

/**
 * Ask which kinds of files that are not copied yet are to be left out of a
 * transfer that has begun.
 *
 * @returns The names of the kinds; `null` where nothing is to be changed.
 */
export async function chooseLess(
  { plan }: ITransfer,
  sentences: Sentences
): Promise<readonly string[] | null> {
  const { trans } = sentences;
  const body = new ChooseLess(plan.kinds, sentences);
  const { button, value } = await showDialog({
    title: trans.__('Choose less'),
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Copy what is ticked') })
    ],
    focusNodeSelector: '.mast-CopyDialog-kinds input'
  });
  const same = (name: string) => body.before.has(name);
  return button.accept &&
    value !== null &&
    (value.length !== body.before.size || !value.every(same))
    ? value
    : null;
}

/** The content of the dialog. */
class ChooseLess
  extends ReactWidget
  implements Dialog.IBodyWidget<readonly string[]>
{
  constructor(
    private readonly _kinds: readonly IKind[],
    private readonly _sentences: Sentences
  ) {
    super();
    this.before = new Set(
      _kinds.filter(kind => kind.without).map(kind => kind.name)
    );
    this._without = new Set(this.before);
  }

  /** Kinds that are left out already. */
  readonly before: ReadonlySet<string>;

  /** Kinds that are to be left out. */
  getValue(): readonly string[] {
    return [...this._without];
  }

  protected render(): React.ReactElement {
    const { trans, locale } = this._sentences;
    const wanted = this._kinds.filter(({ name }) => !this._without.has(name));
    const sum = (of: 'files' | 'bytes') =>
      wanted.reduce((total, kind) => total + kind[of], 0);
    return (
      <>
        <p>
          {trans.__(
            'What is copied stays. Of the rest only these kinds of files are copied; what you leave out now you can take in again until the copy has ended.'
          )}
        </p>
        <Kinds
          kinds={this._kinds}
          trans={trans}
          locale={locale}
          isWanted={kind => !this._without.has(kind)}
          setWanted={(kind, isWanted) => {
            if (isWanted) {
              this._without.delete(kind);
            } else {
              this._without.add(kind);
            }
            this.update();
          }}
        />
        <p role="status" className="mast-number">
          {trans.__(
            'To be copied yet: %1, %2',
            this._sentences.files(sum('files')),
            this._sentences.bytes(sum('bytes'))
          )}
        </p>
      </>
    );
  }

  private readonly _without: Set<string>;
}
