/**
 * The demo company: items in the proportions of the real one (2,218 items, 56 % without SKU, 59 % active, 22 % in stock),
 * with invented values. Deterministic: the same count gives the same company.
 */
export interface SimulatedItem {
  itemId: string;
  name: string;
  nameAr: string | null;
  sku: string;
  description: string;
  brand: string;
  categoryName: string;
  unit: string;
  rate: number;
  purchaseRate: number;
  active: boolean;
  reorderLevel: number | '';
  imageDocumentId: string;
  /** Stock at each of the locations. */
  stock: number[];
  committed: number;
  customFields?: Record<string, string>;
  createdMs: number;
  modifiedMs: number;
  deleted: boolean;
}

export const LOCATIONS = [
  { id: '5270413000000030001', name: 'Main Warehouse', primary: true },
  { id: '5270413000000030055', name: 'Retail Shop', primary: false },
  { id: '5270413000000030077', name: 'Wholesale Store', primary: false },
] as const;

/** mulberry32: small, fast, and the same everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Kind {
  en: string;
  ar: string;
  category: string;
  variants: readonly string[];
  price: readonly [number, number];
}

const KINDS: readonly Kind[] = [
  {
    en: 'HDMI Cable',
    ar: 'كابل HDMI',
    category: 'Cables',
    variants: ['1.5m', '3m', '5m', '10m', '20m'],
    price: [1, 18],
  },
  {
    en: 'USB Cable Type-C',
    ar: 'كابل USB تايب سي',
    category: 'Cables',
    variants: ['1m', '2m', '3m'],
    price: [0.75, 6],
  },
  {
    en: 'Network Cable Cat6',
    ar: 'كابل شبكة كات 6',
    category: 'Network',
    variants: ['1m', '5m', '20m', '305m'],
    price: [0.5, 95],
  },
  { en: 'VGA Cable', ar: 'كيبل VGA', category: 'Cables', variants: ['1.5m', '5m', '15m'], price: [1, 12] },
  { en: 'Power Cable', ar: 'كابل كهرباء', category: 'Cables', variants: ['1.5m', '3m'], price: [0.5, 3] },
  {
    en: 'Wireless Router',
    ar: 'راوتر لاسلكي',
    category: 'Network',
    variants: ['AC1200', 'AX1800', 'AX3000', 'N300'],
    price: [12, 95],
  },
  {
    en: 'Network Switch',
    ar: 'سويتش شبكة',
    category: 'Network',
    variants: ['5 Port', '8 Port', '16 Port', '24 Port PoE'],
    price: [8, 210],
  },
  {
    en: 'Access Point',
    ar: 'نقطة وصول',
    category: 'Network',
    variants: ['Indoor', 'Outdoor', 'Ceiling'],
    price: [25, 160],
  },
  {
    en: 'IP Camera',
    ar: 'كاميرا مراقبة IP',
    category: 'Cameras',
    variants: ['2MP', '4MP', '5MP', '8MP PTZ'],
    price: [15, 240],
  },
  {
    en: 'Analog Camera',
    ar: 'كاميرا مراقبة',
    category: 'Cameras',
    variants: ['2MP Dome', '2MP Bullet', '5MP'],
    price: [9, 45],
  },
  {
    en: 'DVR Recorder',
    ar: 'جهاز تسجيل DVR',
    category: 'Cameras',
    variants: ['4 Channel', '8 Channel', '16 Channel'],
    price: [28, 190],
  },
  {
    en: 'Hard Disk',
    ar: 'هارد دسك',
    category: 'Storage',
    variants: ['500GB', '1TB', '2TB', '4TB', '8TB'],
    price: [18, 190],
  },
  {
    en: 'SSD Drive',
    ar: 'هارد SSD',
    category: 'Storage',
    variants: ['128GB', '256GB', '512GB', '1TB'],
    price: [12, 95],
  },
  {
    en: 'Flash Memory',
    ar: 'فلاش ميموري',
    category: 'Storage',
    variants: ['16GB', '32GB', '64GB', '128GB'],
    price: [2.5, 14],
  },
  { en: 'Memory Card', ar: 'بطاقة ذاكرة', category: 'Storage', variants: ['32GB', '64GB', '128GB'], price: [3, 16] },
  {
    en: 'Keyboard',
    ar: 'لوحة مفاتيح',
    category: 'Computer',
    variants: ['USB', 'Wireless', 'Mechanical'],
    price: [3, 55],
  },
  { en: 'Mouse', ar: 'ماوس', category: 'Computer', variants: ['USB', 'Wireless', 'Gaming'], price: [1.5, 35] },
  { en: 'Headset', ar: 'سماعة رأس', category: 'Audio', variants: ['Wired', 'Bluetooth', 'Gaming'], price: [3, 60] },
  { en: 'Speaker', ar: 'سماعات', category: 'Audio', variants: ['2.0', '2.1', 'Bluetooth'], price: [4, 70] },
  {
    en: 'Laptop Charger',
    ar: 'شاحن لابتوب',
    category: 'Power',
    variants: ['45W', '65W', '90W', '120W'],
    price: [5, 28],
  },
  { en: 'UPS', ar: 'يو بي إس', category: 'Power', variants: ['650VA', '1000VA', '2000VA'], price: [30, 180] },
  {
    en: 'Power Adapter 12V',
    ar: 'محول كهرباء ١٢ فولت',
    category: 'Power',
    variants: ['1A', '2A', '5A', '10A'],
    price: [1, 9],
  },
  {
    en: 'Toner Cartridge',
    ar: 'حبر طابعة',
    category: 'Printers',
    variants: ['Black', 'Cyan', 'Magenta', 'Yellow'],
    price: [6, 48],
  },
  { en: 'Barcode Scanner', ar: 'قارئ باركود', category: 'POS', variants: ['1D', '2D', 'Wireless'], price: [14, 85] },
  { en: 'Receipt Printer', ar: 'طابعة وصولات', category: 'POS', variants: ['58mm', '80mm'], price: [22, 95] },
  { en: 'Monitor', ar: 'شاشة', category: 'Computer', variants: ['19"', '22"', '24"', '27"'], price: [45, 220] },
  { en: 'Laptop Bag', ar: 'حقيبة لابتوب', category: 'Accessories', variants: ['14"', '15.6"', '17"'], price: [4, 30] },
  {
    en: 'Converter',
    ar: 'محولة',
    category: 'Accessories',
    variants: ['HDMI to VGA', 'USB to LAN', 'Type-C Hub'],
    price: [2, 26],
  },
];

const BRANDS = ['Nova', 'Orion', 'Tigris', 'Falcon', 'Vertex', 'Zagros', 'Delta', 'Pixel', 'Astra', ''];
const UNITS = ['pcs', 'pcs', 'pcs', 'box', 'roll', ''];

const DAY_MS = 86_400_000;
// 1 January 2024; everything in the company is younger.
const BEGIN_MS = 1_704_067_200_000;

const cents = (value: number): number => Math.round(value * 100) / 100;

export function generateItems(count: number): SimulatedItem[] {
  const random = seededRandom(20_251_113);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const items: SimulatedItem[] = [];
  for (let index = 0; index < count; index += 1) {
    const kind = pick(KINDS);
    const variant = pick(kind.variants);
    const brand = pick(BRANDS);
    const arabicOnly = random() < 0.35;
    const model = `${String.fromCharCode(65 + Math.floor(random() * 26))}${100 + Math.floor(random() * 900)}`;
    const name = [arabicOnly ? kind.ar : kind.en, brand, variant, model].filter(Boolean).join(' ');
    const rate = cents(kind.price[0] + random() ** 2 * (kind.price[1] - kind.price[0]));
    const active = random() < 0.591;
    const inStock = active && random() < 0.365;
    const stock = LOCATIONS.map(() => (inStock ? Math.floor(random() ** 2 * 120) : 0));
    if (random() < 0.004) stock[0] = -Math.ceil(random() * 5);
    const createdMs = BEGIN_MS + Math.floor(random() * 600) * DAY_MS + Math.floor(random() * DAY_MS);
    items.push({
      itemId: String(2_646_610_000_000_000_000n + BigInt(index) * 3077n + 1001n),
      name,
      nameAr: arabicOnly ? null : random() < 0.7 ? [kind.ar, brand, variant, model].filter(Boolean).join(' ') : null,
      sku: random() < 0.56 ? '' : `${kind.category.slice(0, 3).toUpperCase()}-${1000 + index}`,
      description: random() < 0.3 ? `${kind.en} ${variant}` : '',
      brand,
      categoryName: random() < 0.6 ? kind.category : '',
      unit: pick(UNITS),
      rate,
      purchaseRate: cents(rate * (0.55 + random() * 0.25)),
      active,
      reorderLevel: random() < 0.4 ? Math.floor(random() * 20) : '',
      imageDocumentId: random() < 0.653 ? String(5_270_413_000_000_500_000n + BigInt(index)) : '',
      stock,
      committed: inStock ? Math.floor(random() * 4) : 0,
      createdMs,
      modifiedMs: createdMs + Math.floor(random() * 60) * DAY_MS,
      deleted: false,
    });
  }
  return items;
}
