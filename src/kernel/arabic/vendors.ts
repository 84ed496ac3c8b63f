/** The Arabic of the messages of src/vendors, by the English template. */
export const vendors: Readonly<Record<string, string>> = {
  'There is a vendor {0} already.': 'يوجد مورد بالرمز {0}.',
};
