import { defineEvent } from '../platform/events.js';

export const syncRunUpdated = defineEvent<{ status: string }>('syncRunUpdated', 'syncRun');
