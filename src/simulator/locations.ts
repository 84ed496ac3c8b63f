import { LOCATIONS } from './company.js';
import { fixtureResource } from './fixture-resource.js';
import type { Resource } from './resource.js';

/** The company's locations. Zoho keeps no times of them. */
export const locationResource = (): Resource =>
  fixtureResource({
    name: 'locations',
    object: 'location',
    id: 'location_id',
    product: 'inventory',
    bodies: LOCATIONS.map(({ id, name, primary }) => ({
      location_id: id,
      location_name: name,
      type: 'general',
      is_primary: primary,
      status: 'active',
      parent_location_id: '',
    })),
  });
