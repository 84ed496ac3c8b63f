import { AppError } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import type { WarehouseSnapshot } from '../../organisation/reported-warehouse.service.js';
import type { Mapped, Parsed } from './entity-sync.js';
import { idOf, textOf, ValueReader } from './zoho-values.js';

/** A Zoho location as it came; every field may be missing or odd. */
export type ZohoLocation = Record<string, unknown> & { location_id: string };

const MAX_NAME = 100;

function parse(record: Record<string, unknown>): Parsed<ZohoLocation> {
  const remoteId = idOf(record['location_id']);
  if (remoteId === null) {
    throw new AppError('BAD_PAYLOAD', msg`The body has no ${'location_id'}.`, { field: 'location_id' });
  }
  // Zoho keeps no time of a location's last change, so none is newer than another: the pull asks for the present state.
  return { remote: { ...record, location_id: remoteId }, remoteId, modifiedAt: null, whole: false };
}

class LocationReader extends ValueReader {
  constructor(private readonly location: ZohoLocation) {
    super(location);
  }

  snapshot(): WarehouseSnapshot {
    const { location_id: externalRef, status, is_primary: primary } = this.location;
    return {
      externalRef,
      name: this.name(),
      // A list without a status, as the recorded one, holds active locations only.
      active: status !== 'inactive',
      primary: primary === true || primary === 'true',
    };
  }

  private name(): string | undefined {
    const name = textOf(this.location['location_name'], MAX_NAME) ?? undefined;
    if (name === undefined) this.missing('location_name');
    return name;
  }
}

function toSnapshot(location: ZohoLocation): Mapped<WarehouseSnapshot> {
  const reader = new LocationReader(location);
  return { snapshot: reader.snapshot(), warnings: reader.warnings };
}

export const locationMapper = { parse, toSnapshot };
