import type { CommandRegistry } from '@lumino/commands';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon, type LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { TextButton } from '../../ui/TextButton';
import { Toolbar } from '../../ui/Toolbar';
import { ToolButton } from '../../ui/ToolButton';
import type { ArchiveModel } from '../model';

/**
 * What the action bar needs.
 */
export interface IActionBarProps {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
  readonly commands: CommandRegistry;
  /** The commands of the bar, the primary one first. */
  readonly actions: readonly string[];
  openMore(anchor: HTMLElement): void;
}

/**
 * What can be done with the selection; there only while something is selected.
 */
export function ActionBar(props: IActionBarProps): React.ReactElement | null {
  const { model, commands, actions, trans } = props;
  if (model.selection.ids.size === 0) {
    return null;
  }
  const [primary, ...others] = actions.filter(id => commands.hasCommand(id));
  return (
    <Toolbar
      className="mast-ActionBar"
      label={trans.__('Actions for the selection')}
    >
      {primary && (
        <TextButton
          primary
          enabled={commands.isEnabled(primary)}
          title={commands.caption(primary)}
          label={commands.label(primary)}
          run={() => void commands.execute(primary)}
        >
          <span className="mast-ActionBar-icon">
            {Private.icon(commands, primary)}
          </span>
          <span className="mast-ActionBar-long">{commands.label(primary)}</span>
          <span className="mast-ActionBar-short" aria-hidden="true">
            {commands.label(primary, { short: true })}
          </span>
        </TextButton>
      )}
      <span className="mast-grow" />
      {others.map(id => (
        <ToolButton
          key={id}
          icon={commands.icon(id) as LabIcon}
          label={commands.label(id)}
          enabled={commands.isEnabled(id)}
          run={() => void commands.execute(id)}
        />
      ))}
      <ToolButton
        icon={ellipsesIcon}
        label={trans.__('More actions')}
        enabled={true}
        menu
        run={event => props.openMore(event.currentTarget)}
      />
    </Toolbar>
  );
}

namespace Private {
  export function icon(
    commands: CommandRegistry,
    id: string
  ): React.ReactElement | null {
    const icon = commands.icon(id) as LabIcon | undefined;
    return icon ? <icon.react tag="span" width="16px" height="16px" /> : null;
  }
}
