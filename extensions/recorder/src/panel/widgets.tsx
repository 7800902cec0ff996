/** The widgets that JupyterLab holds: the side-bar panel and the status-bar item. Both tick once a second. */
import { ReactWidget } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { SittingModel } from '../sitting';
import { OtherTabs } from '../tabs';
import { Transport } from '../transport';
import { PanelView } from './view';
import { announcement, clockText, spokenTime } from './words';

import clipboardSvg from '../../style/icons/assessment.svg';

export const PANEL_ID = 'nbassess-panel';

const assessmentIcon = new LabIcon({ name: 'nbassess:assessment', svgstr: clipboardSvg });

/** A widget that is drawn again once a second and whenever one of its models changes. */
abstract class TickingWidget extends ReactWidget {
  constructor(
    protected readonly sitting: SittingModel,
    protected readonly transport: Transport
  ) {
    super();
    sitting.changed.connect(this.update, this);
    transport.stateChanged.connect(this.update, this);
    this._timer = window.setInterval(() => this.update(), 1000);
  }

  override dispose(): void {
    window.clearInterval(this._timer);
    super.dispose();
  }

  private readonly _timer: number;
}

export interface IPanelActions {
  open: (path: string) => void;
  submit: () => void;
}

export class AssessmentPanel extends TickingWidget {
  constructor(
    sitting: SittingModel,
    transport: Transport,
    private readonly tracker: INotebookTracker,
    private readonly tabs: OtherTabs | null,
    private readonly actions: IPanelActions
  ) {
    super(sitting, transport);
    this.id = PANEL_ID;
    this.title.icon = assessmentIcon;
    this.title.caption = 'Assessment';
    this.addClass('nbassess-panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Assessment');
    tracker.currentChanged.connect(this.update, this);
    tabs?.changed.connect(this.update, this);
  }

  protected override render(): JSX.Element {
    return (
      <PanelView
        sitting={this.sitting}
        recording={this.transport.state}
        isLaterTab={this.tabs?.isLater ?? false}
        currentPath={this.tracker.currentWidget?.context.path ?? ''}
        onOpen={this.actions.open}
        onSubmit={this.actions.submit}
      />
    );
  }
}

/** The time left in the status bar; announces 10, 5 and 1 minutes to assistive technology. */
export class ClockItem extends TickingWidget {
  constructor(sitting: SittingModel, transport: Transport) {
    super(sitting, transport);
    this.addClass('nbassess-status');
  }

  protected override render(): JSX.Element {
    const remaining = this.sitting.isOver ? null : this.sitting.remainingMs;
    if (remaining !== null) {
      this._announced = announcement(this._lastMs, remaining) || this._announced;
      this._lastMs = remaining;
    }
    return (
      <>
        {remaining !== null && <span title={`${spokenTime(remaining)} left`}>{clockText(remaining)} left</span>}
        <span className="nbassess-announcer" aria-live="polite">
          {this.sitting.isOver ? 'The sitting is over.' : this._announced}
        </span>
      </>
    );
  }

  private _announced = '';
  private _lastMs = 0;
}
