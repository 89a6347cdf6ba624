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
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IArchiveInfo, IArchiveObject } from '../tokens';
import { eyeIcon } from '../ui/icons';
import { ArchiveError } from './errors';
import { CommandIDs } from './ids';
import type { CodeTarget } from './insert';
import { toPath } from './paths';
import type { ArchiveService } from './service';

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
    const { current: info, selection } = service;
    return info && selection.length > 0 ? { info, objects: selection } : null;
  };

  /** Add a command that needs a selection. */
  const add = (
    id: string,
    spec: {
      readonly label: string;
      readonly caption: string;
      readonly icon: LabIcon;
      readonly single?: boolean;
      readonly enabled?: (chosen: IChosen) => boolean;
      run(chosen: IChosen, args: ReadonlyPartialJSONObject): Promise<unknown>;
    }
  ) => {
    commands.addCommand(id, {
      label: spec.label,
      caption: spec.caption,
      icon: spec.icon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => {
        const it = chosen();
        return (
          it !== null &&
          (!spec.single || it.objects.length === 1) &&
          (spec.enabled?.(it) ?? true)
        );
      },
      execute: async args => {
        const it = chosen();
        if (it !== null) {
          try {
            return await spec.run(it, args);
          } catch (error) {
            Private.tell(error, trans);
          }
        }
      }
    });
  };

  const copy = (
    id: string,
    label: string,
    caption: string,
    icon: LabIcon,
    text: (chosen: IChosen) => Promise<string>
  ) =>
    add(id, {
      label,
      caption,
      icon,
      run: async it => {
        Clipboard.copyToSystem(await text(it));
      }
    });

  add(CommandIDs.open, {
    label: trans.__('Open read-only'),
    caption: trans.__(
      'Open the selected files in JupyterLab’s viewers, without a copy'
    ),
    icon: launchIcon,
    run: async ({ info, objects }) => {
      for (const { key } of objects.slice(0, 20)) {
        options.documents.openOrReveal(toPath(info.id, key));
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
    isEnabled: () => chosen() !== null,
    // A template shows where it can read the selection.
    isVisible: args => {
      const it = chosen();
      const template = service.templates.find(one => one.id === args.template);
      return (
        template === undefined ||
        (it !== null && Private.reads(service, template.id, it.objects))
      );
    },
    execute: async args => {
      const it = chosen();
      if (it === null) {
        return;
      }
      const code = await Private.code(
        service,
        it,
        args.template as string | undefined
      );
      if (code === null) {
        Notification.warning(
          trans.__('No code template reads all of these files together.')
        );
        return;
      }
      const target = await options.target();
      await target.insert(
        code,
        args.position === 'cursor' ? 'cursor' : 'below'
      );
    }
  });

  copy(
    CommandIDs.copyS3Uri,
    trans.__('S3 URI'),
    trans.__('Copy the s3:// address of the selected files'),
    linkIcon,
    async ({ info, objects }) => {
      const { s3Uri } = await import('../missions');
      return Private.lines(objects, key => s3Uri(info.bucket, key));
    }
  );
  copy(
    CommandIDs.copyHttpsUrl,
    trans.__('HTTPS address'),
    trans.__('Copy the https:// address of the selected files'),
    linkIcon,
    async ({ info, objects }) => {
      const { httpsUrl } = await import('../missions');
      return Private.lines(objects, key => httpsUrl(info.bucket, key, info));
    }
  );
  copy(
    CommandIDs.copyMastUri,
    trans.__('MAST URI'),
    trans.__(
      'Copy the mast: address of the selected files, for citation and astroquery'
    ),
    linkIcon,
    async ({ objects }) => {
      const { mastUri } = await import('../missions');
      const none = objects.filter(({ key }) => mastUri(key) === null);
      if (none.length > 0) {
        throw new Error(trans.__('There is no MAST URI for %1.', none[0].key));
      }
      return Private.lines(objects, key => mastUri(key) ?? '');
    }
  );
  copy(
    CommandIDs.copyPython,
    trans.__('Python code'),
    trans.__('Copy code that reads the selected files'),
    codeIcon,
    async it => (await Private.code(service, it)) ?? ''
  );
  copy(
    CommandIDs.copyPythonString,
    trans.__('Python string'),
    trans.__('Copy the s3:// addresses as a Python string or list'),
    codeIcon,
    async ({ info, objects }) => {
      const [{ s3Uri }, { pythonList, pythonString }] = await Promise.all([
        import('../missions'),
        import('./snippets')
      ]);
      const uris = objects.map(({ key }) => s3Uri(info.bucket, key));
      return uris.length === 1 ? pythonString(uris[0]) : pythonList(uris);
    }
  );
  copy(
    CommandIDs.copyFileName,
    trans.__('File name'),
    trans.__('Copy the names of the selected files'),
    copyIcon,
    async ({ objects }) =>
      Private.lines(objects, key => key.slice(key.lastIndexOf('/') + 1))
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
    commands.notifyCommandChanged();
  });
}

interface IChosen {
  readonly info: IArchiveInfo;
  readonly objects: readonly IArchiveObject[];
}

namespace Private {
  export function lines(
    objects: readonly IArchiveObject[],
    text: (key: string) => string
  ): string {
    return objects.map(({ key }) => text(key)).join('\n');
  }

  /**
   * Whether a template reads the objects. The rule needs the mission tables,
   * which are loaded when the panel is: before that nothing is selected.
   */
  export function reads(
    service: ArchiveService,
    id: string,
    objects: readonly IArchiveObject[]
  ): boolean {
    const template = service.templates.find(one => one.id === id);
    return (
      template !== undefined &&
      (service.reads?.(
        template,
        objects.map(({ key }) => key)
      ) ??
        false)
    );
  }

  export async function code(
    service: ArchiveService,
    { info, objects }: IChosen,
    id?: string
  ): Promise<string | null> {
    const { fill, templatesFor } = await import('./snippets');
    const keys = objects.map(({ key }) => key);
    const suitable = templatesFor(service.templates, keys);
    const template = suitable.find(one => id === undefined || one.id === id);
    return template ? fill(template, info, keys) : null;
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
