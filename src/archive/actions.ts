import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  addBelowIcon,
  codeIcon,
  copyIcon,
  downloadIcon,
  infoIcon,
  launchIcon,
  linkIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { eyeIcon } from '../ui/icons';
import { tell } from '../ui/tell';
import { ArchiveError } from './errors';
import { CommandIDs } from './ids';
import type { CodeTarget } from './insert';
import { toPath } from './paths';
import type { ArchiveService } from './service';
import type { ITemplate } from './snippets';
import type { IChosen } from './texts';

/** Files that are opened by one command: more are a slip of the hand. */
const MOST_OPENED = 20;

/**
 * What the actions work with.
 */
export interface IActionOptions {
  readonly service: ArchiveService;
  readonly commands: CommandRegistry;
  readonly documents: IDocumentManager;
  /** Loads what inserts code. */
  readonly target: () => Promise<CodeTarget>;
  readonly trans: TranslationBundle;
}

/**
 * The commands for what is selected in the archive panel.
 */
export function addActions(options: IActionOptions): void {
  const { service, commands, trans } = options;
  const chosen = (): IChosen | null => {
    const { current: info } = service;
    return info && { info, ...service.chosen('selection') };
  };

  /** Whether there is something for a command that needs files. */
  const anything = (single = false, folders = false): boolean => {
    const it = chosen();
    const count = it ? it.objects.length : 0;
    return single
      ? count === 1
      : count + (folders && it ? it.folders.length : 0) > 0;
  };

  /** Run an action on what is chosen; what goes wrong is told. */
  const run = async (action: (chosen: IChosen) => unknown): Promise<void> => {
    const it = chosen();
    if (it !== null) {
      try {
        await action(it);
      } catch (error) {
        Private.tell(error, trans);
      }
    }
  };

  /** The commands that need a selection. */
  const needing: string[] = [CommandIDs.insertCode];

  /** Add one of them. */
  const add = (
    id: string,
    spec: {
      readonly label: string;
      readonly caption: string;
      readonly icon: LabIcon;
      /** Whether it is about exactly one file. */
      readonly single?: boolean;
      /** Whether it takes folders too. */
      readonly folders?: boolean;
      run(chosen: IChosen): Promise<unknown>;
    }
  ) => {
    commands.addCommand(id, {
      label: spec.label,
      caption: spec.caption,
      icon: spec.icon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => anything(spec.single, spec.folders),
      execute: () => run(spec.run)
    });
    needing.push(id);
  };

  /** Add a command that copies a text: see `texts.ts`. */
  const copy = (
    id: string,
    label: string,
    caption: string,
    icon: LabIcon,
    folders = false
  ) =>
    add(id, {
      label,
      caption,
      icon,
      folders,
      run: async it => {
        const { textOf } = await import('./texts');
        Clipboard.copyToSystem(textOf(id, it, service.templates, trans));
      }
    });

  add(CommandIDs.open, {
    label: trans.__('Open read-only'),
    caption: trans.__(
      'Open the selected files in JupyterLab’s viewers, without a copy'
    ),
    icon: launchIcon,
    run: async ({ info, objects }) => {
      for (const { key } of objects.slice(0, MOST_OPENED)) {
        options.documents.openOrReveal(toPath(info.id, key));
      }
      if (objects.length > MOST_OPENED) {
        tell(
          trans.__(
            'Only the first %1 of %2 files were opened.',
            MOST_OPENED,
            objects.length
          ),
          'warning'
        );
      }
    }
  });
  add(CommandIDs.preview, {
    label: trans.__('Preview'),
    caption: trans.__(
      'Look at the selected file; of a large file only parts are fetched'
    ),
    icon: eyeIcon,
    single: true,
    run: async ({ info, objects: [{ key }] }) =>
      options.documents.openOrReveal(
        toPath(info.id, key),
        'default',
        undefined,
        {
          mode: 'tab-after'
        }
      )
  });

  commands.addCommand(CommandIDs.insertCode, {
    label: args => {
      const template = service.templates.find(one => one.id === args.template);
      return template
        ? template.title
        : args.position === 'cursor'
          ? trans.__('Insert code at the cursor')
          : trans.__('Insert code');
    },
    caption: trans.__(
      'Insert code that reads the selected files into the notebook'
    ),
    icon: args =>
      args.template
        ? undefined
        : args.position === 'cursor'
          ? codeIcon
          : addBelowIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          template: {
            type: 'string',
            description: trans.__(
              'The id of the template; else the first that fits'
            )
          },
          position: {
            type: 'string',
            enum: ['below', 'cursor'],
            description: trans.__('A new cell below, or at the cursor')
          }
        }
      }
    },
    isEnabled: () => anything(),
    // A template shows where it can read the selection.
    isVisible: args => {
      const template = service.templates.find(one => one.id === args.template);
      return (
        template === undefined ||
        (anything() && Private.reads(service, template))
      );
    },
    execute: args =>
      run(async it => {
        const { codeFor } = await import('./texts');
        const code = codeFor(it, service.templates, args.template);
        if (code === null) {
          tell(
            trans.__('No code template reads all of these files together.'),
            'warning'
          );
          return;
        }
        const target = await options.target();
        await target.insert(
          code,
          args.position === 'cursor' ? 'cursor' : 'below'
        );
      })
  });

  copy(
    CommandIDs.copyS3Uri,
    trans.__('S3 URI'),
    trans.__('Copy the s3:// address of the selected files and folders'),
    linkIcon,
    true
  );
  copy(
    CommandIDs.copyHttpsUrl,
    trans.__('HTTPS address'),
    trans.__('Copy the https:// address of the selected files and folders'),
    linkIcon,
    true
  );
  copy(
    CommandIDs.copyMastUri,
    trans.__('MAST URI'),
    trans.__(
      'Copy the mast: address of the selected files, for citation and astroquery'
    ),
    linkIcon
  );
  copy(
    CommandIDs.copyPython,
    trans.__('Python code'),
    trans.__('Copy code that reads the selected files'),
    codeIcon
  );
  copy(
    CommandIDs.copyPythonString,
    trans.__('Python string'),
    trans.__('Copy the s3:// addresses as a Python string or list'),
    codeIcon
  );
  copy(
    CommandIDs.copyFileName,
    trans.__('File name'),
    trans.__('Copy the names of the selected files'),
    copyIcon
  );

  add(CommandIDs.download, {
    label: trans.__('Download to this computer'),
    caption: trans.__(
      'Save the selected files on the computer in front of you'
    ),
    icon: downloadIcon,
    run: async ({ info, objects }) => {
      const { download } = await import('./download');
      await download(info, objects, service, trans);
    }
  });
  add(CommandIDs.showProperties, {
    label: trans.__('Properties'),
    caption: trans.__(
      'Size, version, checksum and metadata of the selected file'
    ),
    icon: infoIcon,
    single: true,
    run: async ({ info, objects: [object] }) => {
      const { showProperties } = await import('./properties');
      await showProperties(
        info,
        await service.head(info.id, object.key),
        trans
      );
    }
  });

  service.selectionChanged.connect(() => {
    for (const id of needing) {
      commands.notifyCommandChanged(id);
    }
  });
}

namespace Private {
  /**
   * Whether a template reads the selected files. The rule needs the mission tables,
   * which are loaded when the panel is: before that nothing is selected.
   */
  export function reads(service: ArchiveService, template: ITemplate): boolean {
    return (
      service.reads?.(
        template,
        service.selection.map(({ key }) => key)
      ) ?? false
    );
  }

  export function tell(error: unknown, trans: TranslationBundle): void {
    if (error instanceof ArchiveError && error.kind === 'aborted') {
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    const details = error instanceof ArchiveError ? error.report() : message;
    Notification.error(message, {
      autoClose: 10_000,
      actions: [
        {
          label: trans.__('Copy details'),
          callback: () => Clipboard.copyToSystem(details)
        }
      ]
    });
  }
}
