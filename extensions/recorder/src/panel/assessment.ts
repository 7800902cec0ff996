/** Put the assessment into JupyterLab: side-bar panel, status-bar clock, commands, first notebook. */
import { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';

import { Session } from '../session';
import { AssessmentPanel, ClockItem, PANEL_ID } from './widgets';

const OPEN_DOCUMENT = 'docmanager:open';
const SUBMIT = 'nbassess:submit';
const SHOW = 'nbassess:show';

export interface IAssessmentParts {
  app: JupyterFrontEnd;
  tracker: INotebookTracker;
  session: Session;
  shell: ILabShell | null;
  statusBar: IStatusBar | null;
}

/** Show panel and clock, and open the first problem once the workspace is restored. */
export function showAssessment(parts: IAssessmentParts): void {
  const { app, session, tracker } = parts;
  const panel = new AssessmentPanel(session.sitting, session.transport, tracker, session.tabs, {
    open: path => void openNotebook(app, path),
    submit: () => void session.submit()
  });
  session.add(panel);
  app.shell.add(panel, 'left', { rank: 1 });
  if (parts.statusBar !== null) {
    const clock = new ClockItem(session.sitting, session.transport);
    session.add(clock);
    session.add(
      parts.statusBar.registerStatusItem('nbassess:clock', { item: clock, align: 'left', rank: 0 })
    );
  }
  addCommands(app, session);
  void app.restored.then(() => app.shell.activateById(PANEL_ID));
  openFirstProblem(parts);
}

function openNotebook(app: JupyterFrontEnd, path: string): Promise<unknown> {
  return app.commands.execute(OPEN_DOCUMENT, { path, factory: 'Notebook' });
}

function addCommands(app: JupyterFrontEnd, session: Session): void {
  session.add(
    app.commands.addCommand(SHOW, {
      label: 'Show Assessment',
      execute: () => app.shell.activateById(PANEL_ID)
    })
  );
  session.add(
    app.commands.addCommand(SUBMIT, {
      label: 'Submit Assessment …',
      isEnabled: () => !session.sitting.isOver,
      execute: () => session.submit()
    })
  );
}

/** Open the first notebook when the workspace brought none back. */
function openFirstProblem({ app, session, tracker }: IAssessmentParts): void {
  let isDone = false;
  const open = () => {
    const first = session.sitting.sitting?.assessment.problems[0];
    if (isDone || first === undefined) {
      return;
    }
    isDone = true;
    void app.restored.then(() => {
      if (tracker.size === 0) {
        void openNotebook(app, first.path);
      }
    });
  };
  session.sitting.changed.connect(open);
}
