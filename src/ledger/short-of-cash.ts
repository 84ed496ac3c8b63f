import { AppError } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { decimalText } from '../kernel/money.js';
import { detailOf } from '../platform/db/failures.js';

interface Short {
  boxId: string;
  boxName: string;
  currency: string;
  available: string;
  requested: string;
}

/**
 * Runs a statement that posts. The database keeps what boxes hold, and refuses to take out more than that; here its
 * refusal becomes INSUFFICIENT_CASH. The Tx is lost then, so no other fault of the input can be told with it.
 */
export async function refusingShort<T>(posting: Promise<T>): Promise<T> {
  try {
    return await posting;
  } catch (error) {
    const detail = detailOf(error, 'cash_balances_floor');
    if (detail === null) throw error;
    const short = JSON.parse(detail) as Short;
    const [available, requested] = [decimalText(short.available), decimalText(short.requested)];
    throw new AppError(
      'INSUFFICIENT_CASH',
      msg`${short.boxName} holds ${available} ${short.currency}, ${requested} are needed.`,
      { details: { ...short, available, requested }, cause: error },
    );
  }
}
