import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { badInput, notFound } from '../kernel/errors.js';
import { assertAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { defineCommand } from '../platform/command.js';
import { takeLock } from '../platform/db/locks.js';
import type { Tx } from '../platform/db/transact.js';
import { alertSettingsOf, ALERT_RULE_NAMES, judge, type AlertRule, type Thresholds } from './alert-rules.js';
import { SyncAlert } from './alert.entity.js';
import { syncAlertChanged } from './alert.events.js';
import { measureAlerts, readAlertSetting, writeAlertSetting } from './alert.queries.js';

type Change = Parameters<typeof syncAlertChanged>[1]['change'];

const tell = (tx: Tx, { id, rule, level, measured, threshold }: SyncAlert, change: Change): void =>
  tx.emit(syncAlertChanged(id, { change, rule, level, measured, threshold }));

/** Measures all rules: opens what is bad, raises what became worse, ends what is good again; each is told once. */
export async function checkAlerts(tx: Tx): Promise<void> {
  await takeLock(tx.sql, 'alerts');
  const settings = alertSettingsOf(await readAlertSetting(tx.sql));
  const figures = await measureAlerts(tx.sql);
  const open = await tx.em.find(SyncAlert, { recoveredAt: null });
  for (const rule of ALERT_RULE_NAMES) {
    const found = judge(figures[rule], settings[rule]);
    const alert = open.find((one) => one.rule === rule);
    if (found && !alert) {
      const made = tx.em.create(SyncAlert, { id: newId(), rule, ...found, measured: figures[rule], openedAt: now() });
      tell(tx, made, 'opened');
    } else if (found?.level === 'critical' && alert?.level === 'warning') {
      Object.assign(alert, { ...found, measured: figures[rule], escalatedAt: now() });
      tell(tx, alert, 'escalated');
    } else if (!found && alert) {
      alert.recoveredAt = now();
      tell(tx, { ...alert, measured: figures[rule] }, 'recovered');
    }
  }
}

async function lockAlert(tx: Tx, id: string): Promise<SyncAlert> {
  const alert = isId(id) ? await tx.em.findOne(SyncAlert, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
  if (!alert) throw notFound('Sync alert', id);
  return alert;
}

/** Somebody takes it on; it stays open. Again is a no-op. */
export const acknowledgeAlert = defineCommand(['NOT_FOUND'], async (tx: Tx, id: string): Promise<void> => {
  const alert = await lockAlert(tx, id);
  if (alert.acknowledgedAt || alert.recoveredAt) return;
  alert.acknowledgedAt = now();
  alert.acknowledgedBy = tx.actor;
});

/** Ends it by hand; it is opened anew when the figure is still bad at the next look. Again is a no-op. */
export const resolveAlert = defineCommand(['NOT_FOUND'], async (tx: Tx, id: string): Promise<void> => {
  const alert = await lockAlert(tx, id);
  if (alert.recoveredAt) return;
  alert.recoveredAt = now();
  alert.recoveredBy = tx.actor;
  tell(tx, alert, 'recovered');
});

/** Changes the thresholds of one rule. */
export const changeAlertRule = defineCommand(
  ['BAD_INPUT'],
  async (tx: Tx, { rule, warning, critical }: { rule: AlertRule } & Thresholds): Promise<void> => {
    assertAll(
      () => {
        if (!(critical > 0)) throw badInput('critical', msg`A threshold is above zero.`);
      },
      () => {
        if (warning === null || (warning > 0 && warning <= critical)) return;
        throw badInput('warning', msg`A warning is above zero and comes before it is critical.`);
      },
    );
    await takeLock(tx.sql, 'alerts');
    const settings = alertSettingsOf(await readAlertSetting(tx.sql));
    await writeAlertSetting(tx.sql, { ...settings, [rule]: { warning, critical } });
    const before = settings[rule];
    tx.audit({
      entityType: 'SyncAlertRule',
      entityId: rule,
      action: 'update',
      changes: { warning: [before.warning, warning], critical: [before.critical, critical] },
    });
  },
);
