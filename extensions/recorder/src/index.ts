/** The plugins of the recorder. Nothing happens here but declaring and joining. */
import { IConnectionLost, ILabShell, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { PageConfig } from '@jupyterlab/coreutils';
import { IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';

import { showAssessment } from './panel/assessment';
import { ConnectionNotice } from './panel/connection';
import { Session } from './session';

const notice = new ConnectionNotice();

const connection: JupyterFrontEndPlugin<IConnectionLost> = {
  id: '@nbassess/recorder:connection',
  description: 'Tells about a lost connection without getting in the way of typing.',
  autoStart: true,
  provides: IConnectionLost,
  activate: () => notice.show
};

const plugin: JupyterFrontEndPlugin<void> = {
  id: '@nbassess/recorder:plugin',
  description: 'Records a sitting and shows the assessment panel.',
  autoStart: true,
  requires: [INotebookTracker, IEditorExtensionRegistry],
  optional: [ILabShell, IStatusBar, IEditorTracker],
  activate: async (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    editors: IEditorExtensionRegistry,
    shell: ILabShell | null,
    statusBar: IStatusBar | null,
    files: IEditorTracker | null
  ) => {
    // The server extension sets this option; without it there is no sitting and nothing is recorded.
    const recorder = PageConfig.getOption('nbassessRecorder');
    if (recorder === '') {
      return;
    }
    const versions = { recorder, lab: app.version };
    const session = await Session.start({ app, trackers: { notebooks: tracker, editors: files }, editors, versions });
    notice.watch(session.sitting, session.transport, tracker);
    showAssessment({ app, tracker, session, shell, statusBar });
  }
};

export default [plugin, connection];
