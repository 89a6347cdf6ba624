import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  filterIcon,
  refreshIcon,
  searchIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import {
  archiveIcon,
  backIcon,
  forwardIcon,
  groupIcon,
  starIcon,
  upIcon
} from '../ui/icons';
import { tell } from '../ui/tell';
import { CommandIDs } from './ids';
import type { ArchiveModel } from './model';
import type { PanelController } from './panel';
import type { ArchiveService } from './service';

/**
 * The commands that move the archive panel.
 */
export function addNavigation(options: {
  readonly app: JupyterFrontEnd;
  readonly controller: PanelController;
  readonly service: ArchiveService;
  readonly trans: TranslationBundle;
}): void {
  const { app, controller, service, trans } = options;
  const { commands } = app;

  commands.addCommand(CommandIDs.showPanel, {
    label: trans.__('Show Archive'),
    caption: trans.__('Show the archive panel'),
    icon: archiveIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => service.archives.length > 0,
    execute: async () => {
      await controller.show();
    }
  });
  commands.addCommand(CommandIDs.goTo, {
    label: trans.__('Go to in Archive…'),
    caption: trans.__(
      'Go to a file, folder, TIC, s3:// or mast: URI of the archive'
    ),
    icon: searchIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          text: {
            type: 'string',
            description: trans.__('Key, URI, root name, file name or TIC')
          },
          archive: {
            type: 'string',
            description: trans.__('The id of the archive')
          }
        }
      }
    },
    isEnabled: () => service.archives.length > 0,
    execute: async args => {
      if (typeof args.text !== 'string') {
        (await controller.show()).focusGoTo();
        return;
      }
      try {
        await controller.find(
          args.text,
          typeof args.archive === 'string' ? args.archive : null
        );
      } catch (error) {
        tell(error);
      }
    }
  });
  commands.addCommand(CommandIDs.filter, {
    label: trans.__('Filter Archive Folder'),
    caption: trans.__(
      'Narrow the archive folder to names that start with a text'
    ),
    icon: filterIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => service.archives.length > 0,
    execute: async () => {
      const widget = await controller.show();
      if (!widget.focusFilter()) {
        // Too narrow for the box.
        const answer = await InputDialog.getText({
          title: trans.__('Filter by start of name'),
          text: widget.model.listing?.filter ?? ''
        });
        if (answer.button.accept) {
          await widget.model.listing?.setFilter(answer.value ?? '');
        }
      }
    }
  });

  const add = (
    id: string,
    spec: {
      readonly label: string;
      readonly caption: string;
      readonly icon: LabIcon;
      enabled(model: ArchiveModel): boolean;
      toggled?(model: ArchiveModel): boolean;
      run(model: ArchiveModel): Promise<void> | void;
    }
  ) => {
    commands.addCommand(id, {
      label: spec.label,
      caption: spec.caption,
      icon: spec.icon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () =>
        controller.model !== null && spec.enabled(controller.model),
      isToggleable: spec.toggled !== undefined,
      isToggled: () =>
        controller.model !== null &&
        (spec.toggled?.(controller.model) ?? false),
      execute: async () => {
        if (controller.model) {
          await spec.run(controller.model);
        }
      }
    });
  };
  add(CommandIDs.back, {
    label: trans.__('Back in Archive'),
    caption: trans.__('The place before in the archive panel'),
    icon: backIcon,
    enabled: model => model.history.canBack,
    run: model => model.back()
  });
  add(CommandIDs.forward, {
    label: trans.__('Forward in Archive'),
    caption: trans.__('The next place in the archive panel'),
    icon: forwardIcon,
    enabled: model => model.history.canForward,
    run: model => model.forward()
  });
  add(CommandIDs.up, {
    label: trans.__('Up One Archive Folder'),
    caption: trans.__('The folder above in the archive panel'),
    icon: upIcon,
    enabled: model => model.canUp,
    run: model => model.up()
  });
  add(CommandIDs.reload, {
    label: trans.__('Reload this folder'),
    caption: trans.__('List the archive folder again'),
    icon: refreshIcon,
    enabled: model => model.archive !== null,
    run: model => model.refresh()
  });
  add(CommandIDs.toggleGrouping, {
    label: trans.__('Group by Observation'),
    caption: trans.__('Show the files of an observation under one heading'),
    icon: groupIcon,
    enabled: model => model.canGroup,
    toggled: model => model.grouped,
    run: model => model.setGrouped(!model.grouped)
  });
  add(CommandIDs.toggleBookmark, {
    label: trans.__('Bookmark this folder'),
    caption: trans.__(
      'Bookmark the archive folder selected or shown, or take its bookmark away'
    ),
    icon: starIcon,
    enabled: model => model.archive !== null,
    toggled: model =>
      Boolean(model.bookmarkOf(model.archive?.id ?? '', model.folder)),
    run: model => model.toggleBookmark(model.folder)
  });
}
