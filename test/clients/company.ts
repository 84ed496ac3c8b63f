import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { sellable, Seller } from '../support/selling.js';

/** A company as a front end meets it: price lists in two currencies, and one product that was sold in both. */
export interface FrontEndCompany {
  t: TestApp;
  owner: TestClient;
  usdListId: string;
  iqdListId: string;
  /** Sold to one customer in USD and to another in IQD. */
  soldProductId: string;
  customerId: string;
}

const QUANTITIES = { wholesale_a: '2', technical_iqd: '3' };

export async function startFrontEndCompany(): Promise<FrontEndCompany> {
  const t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' }, redis: true });
  const owner = await t.as('OWNER');
  const seller = new Seller(t, owner);
  const [product] = (await sellable(t, 'wholesale_a', 1)).products;
  if (!product) throw new Error('The generated company sells nothing.');
  let customerId = '';
  for (const [list, quantity] of Object.entries(QUANTITIES)) {
    ({ customerId } = await sellable(t, list, 1));
    const lines = [{ productId: product.id, quantity }];
    const order = await seller.ship(await seller.confirm(await seller.order({ customerId, lines }), undefined, true));
    const invoice = await seller.invoice({ orderId: order.id });
    if (!invoice.id) throw new Error(`The sale by ${list} failed: ${JSON.stringify({ order, invoice })}`);
  }
  const lists = await t.db.sql<{ id: string; code: string }>('select id, code from price_lists');
  const idOf = (code: string): string => lists.find((list) => list.code === code)?.id ?? '';
  return {
    t,
    owner,
    usdListId: idOf('wholesale_a'),
    iqdListId: idOf('technical_iqd'),
    soldProductId: product.id,
    customerId,
  };
}
