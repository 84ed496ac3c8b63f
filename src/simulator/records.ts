/** What every simulated record has. */
export interface SimulatedRecord {
  active: boolean;
  createdMs: number;
  modifiedMs: number;
  deleted: boolean;
}

/** The records of one module, by their ids, with the clock of their changes. */
export class RecordStore<Record extends SimulatedRecord> {
  private readonly byId: Map<string, Record>;
  /** Set by every change; whoever saves clears it. */
  dirty = false;
  /** Grows with every change. */
  version = 0;
  /** Hears of every change; without the record when it was made in place. */
  onChange: ((record: Record | null) => void) | null = null;
  /** Hears of every record whose time moves. */
  onTouch: ((record: Record) => void) | null = null;

  constructor(
    private readonly noun: string,
    private readonly records: Record[],
    readonly idOf: (record: Record) => string,
    private readonly now: () => number = Date.now,
  ) {
    this.byId = new Map(records.map((record) => [idOf(record), record]));
  }

  all(): readonly Record[] {
    return this.records;
  }

  alive(): Record[] {
    return this.records.filter((record) => !record.deleted);
  }

  find(id: string): Record | undefined {
    return this.byId.get(id);
  }

  get(id: string): Record {
    const record = this.byId.get(id);
    if (!record) throw new Error(`The simulator has no ${this.noun} ${id}.`);
    return record;
  }

  /** Changes a record; its time moves to now, or to `atMs`. */
  edit(id: string, change: Partial<Record>, atMs?: number): Record {
    return this.touch(Object.assign(this.get(id), change), atMs);
  }

  /** Changes a record behind everybody's back: its time stays. */
  editSilently(id: string, change: Partial<Record>): Record {
    const record = Object.assign(this.get(id), change);
    this.changed(record);
    return record;
  }

  remove(id: string): Record {
    const record = this.get(id);
    record.deleted = true;
    return this.touch(record);
  }

  add(record: Record, atMs?: number): Record {
    this.records.push(record);
    this.byId.set(this.idOf(record), record);
    return this.touch(record, atMs);
  }

  /** Whole seconds, and never backwards, as a server's clock would do it. */
  touch(record: Record, atMs?: number): Record {
    record.modifiedMs = atMs ?? Math.max(Math.floor(this.now() / 1000) * 1000, record.modifiedMs);
    this.changed(record);
    this.onTouch?.(record);
    return record;
  }

  /** Says that a record was changed in place. */
  changed(record: Record | null = null): void {
    this.dirty = true;
    this.version += 1;
    this.onChange?.(record);
  }
}
