import { defineEvent } from '../platform/events.js';

/** By the stored entity_type. */
export const syncPauseChanged = defineEvent<{ paused: boolean }>('syncPauseChanged', 'sync');
