import { defineEvent } from '../platform/events.js';

/** An issue is new, open again, resolved or ignored; that it was met once more is no event. */
export const syncIssueChanged = defineEvent<{ status: string }>('syncIssueChanged', 'syncIssue');
