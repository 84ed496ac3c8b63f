/** The rows of generated documents, and the columns that each table's rows fill, in their order. */
export type Row = readonly unknown[];

/** The type and the id of a document. */
export type Reference = readonly [string, string];

/** In the order of time; what is on hand after it, and what it is worth, is for the caller to fill, who knows the opening. */
export interface Movement {
  id: string;
  productId: string;
  type: 'SALE' | 'RETURN' | 'RESERVATION';
  quantity: number;
  reserved: number;
  reference: Reference;
  /** The document of the entry that posts its cost. */
  document: Reference;
  /** What let the goods go that come back. */
  soldBy: Reference | null;
  customerId: string;
  day: string;
  at: Date;
}

export interface Documents {
  orders: Row[];
  orderLines: Row[];
  invoices: Row[];
  invoiceLines: Row[];
  shipments: Row[];
  shipmentLines: Row[];
  payments: Row[];
  creditNotes: Row[];
  creditNoteLines: Row[];
  allocations: Row[];
  entries: Row[];
  balances: Row[];
  movements: Movement[];
  sold: Map<string, number>;
  returned: Map<string, number>;
  reserved: Map<string, number>;
  numbers: Record<string, number>;
}

export const DOCUMENT_COLUMNS = {
  orders:
    'id uuid, number text, customer_id uuid, warehouse_id uuid, branch_id uuid, status text, ordered_on date, currency text, exchange_rate numeric, payment_method text, subtotal numeric, discount_total numeric, tax_total numeric, shipping numeric, adjustment numeric, total numeric, created_by text, created_at timestamptz, updated_at timestamptz, confirmed_at timestamptz',
  order_lines:
    'id uuid, order_id uuid, position int, product_id uuid, description text, quantity numeric, unit_price numeric, line_total numeric, shipped numeric, invoiced numeric',
  invoices:
    'id uuid, number text, customer_id uuid, order_id uuid, branch_id uuid, warehouse_id uuid, issued_on date, due_on date, currency text, exchange_rate numeric, subtotal numeric, discount_total numeric, tax_total numeric, shipping numeric, adjustment numeric, total numeric, paid numeric, credited numeric, balance numeric, created_by text, created_at timestamptz',
  invoice_lines:
    'id uuid, invoice_id uuid, position int, order_line_id uuid, product_id uuid, description text, quantity numeric, unit_price numeric, line_total numeric, moved_stock boolean, credited numeric',
  shipments:
    'id uuid, number text, customer_id uuid, order_id uuid, invoice_id uuid, warehouse_id uuid, branch_id uuid, shipped_on date, created_by text, created_at timestamptz',
  shipment_lines:
    'id uuid, shipment_id uuid, position int, order_line_id uuid, product_id uuid, description text, quantity numeric',
  payments:
    'id uuid, number text, customer_id uuid, branch_id uuid, received_on date, method text, currency text, exchange_rate numeric, amount numeric, applied numeric, unapplied numeric, created_by text, created_at timestamptz',
  credit_notes:
    'id uuid, number text, customer_id uuid, invoice_id uuid, branch_id uuid, issued_on date, currency text, exchange_rate numeric, reason text, restocked boolean, total numeric, applied numeric, unapplied numeric, created_by text, created_at timestamptz',
  credit_note_lines:
    'id uuid, credit_note_id uuid, position int, invoice_line_id uuid, product_id uuid, description text, quantity numeric, line_total numeric',
  allocations:
    'id uuid, invoice_id uuid, payment_id uuid, credit_note_id uuid, day date, currency text, amount numeric, created_at timestamptz',
  account_entries:
    'id uuid, customer_id uuid, currency text, kind text, document_id uuid, number text, entered_on date, amount numeric, created_at timestamptz',
  customer_balances: 'customer_id uuid, currency text, balance numeric',
} as const;
