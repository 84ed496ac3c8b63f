import { Decimal, QUANTITY_DECIMALS } from '../kernel/money.js';
import { listPlaces, type Place } from '../organisation/organisation.queries.js';
import { ensureWarehouse } from '../organisation/organisation.service.js';
import type { Database } from '../platform/db/orm.js';
import type { Transact, Who } from '../platform/db/transact.js';
import type { StockTold } from './product.service.js';
import { sumOtherClaims } from './stock.queries.js';
import type { StockClaim } from './stock.service.js';

/**
 * Turns what a source tells about stock into claims on our places. Places that are new are made, each in its own short
 * Tx. What is told as a total alone is the primary place's, less what the others have; so is what is committed.
 */
export async function claimsOf(
  services: { db: Database; transact: Transact },
  who: Who,
  externalRef: string,
  told: StockTold | undefined,
): Promise<StockClaim[]> {
  if (!told) return [];
  let places = await listPlaces(services.db.read);
  const known = new Set(places.map((place) => place.externalRef));
  const fresh = told.places.filter((place) => !known.has(place.externalRef));
  for (const location of fresh) await services.transact(who, (tx) => ensureWarehouse(tx, location));
  if (fresh.length > 0) places = await listPlaces(services.db.read);
  const byRef = new Map(places.map((place) => [place.externalRef, place.id]));
  const primary = places.find((place) => place.isPrimary) as Place;

  const claims = told.places
    .filter((place) => place.onHand !== null)
    .map((place): StockClaim => ({
      warehouseId: byRef.get(place.externalRef) as string,
      onHand: place.onHand,
      reserved: null,
    }));
  if (told.places.length === 0 && told.onHand !== null) {
    const others = await sumOtherClaims(services.db.read, externalRef);
    const rest = new Decimal(told.onHand).minus(others).toFixed(QUANTITY_DECIMALS);
    claims.push({ warehouseId: primary.id, onHand: rest, reserved: null });
  }
  if (told.committed !== null && !told.committed.startsWith('-')) {
    const claim = claims.find((one) => one.warehouseId === primary.id);
    if (claim) claim.reserved = told.committed;
    else claims.push({ warehouseId: primary.id, onHand: null, reserved: told.committed });
  }
  return claims;
}
