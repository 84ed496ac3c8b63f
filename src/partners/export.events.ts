import { defineEvent } from '../platform/events.js';

export const exportChanged = defineEvent<{ change: 'created' | 'updated'; actor: string }>('exportChanged', 'export');
