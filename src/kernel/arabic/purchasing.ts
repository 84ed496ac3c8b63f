/** The Arabic of the messages of src/purchasing, by the English template. */
export const purchasing: Readonly<Record<string, string>> = {
  'Everything on this bill has been received.': 'استُلم كل ما في فاتورة المورد هذه.',
  'Goods of this bill have been received. Adjust the stock or return them instead.':
    'استُلمت بضاعة من فاتورة المورد هذه. سوِّ المخزون أو أرجع البضاعة بدلًا من ذلك.',
  'This bill is void.': 'فاتورة المورد هذه ملغاة.',
  'This vendor is archived.': 'هذا المورد مؤرشف.',
};
