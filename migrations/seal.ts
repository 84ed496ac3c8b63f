import { checksumFaults, readChecksums, seal } from './checksums.js';
import { migrations } from './list.js';

/** `npm run migration:seal`: writes down the checksums of new migrations; a changed old one is refused. */
const added = seal(migrations);
const faults = checksumFaults(migrations, readChecksums());
process.stdout.write(added.map((name) => `Sealed ${name}.\n`).join('') || 'Nothing new to seal.\n');
process.stderr.write(faults.map((fault) => `${fault}\n`).join(''));
process.exitCode = faults.length > 0 ? 1 : 0;
