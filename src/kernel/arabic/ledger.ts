/** The Arabic of the messages of src/ledger, by the English template. */
export const ledger: Readonly<Record<string, string>> = {
  'At most {0} accounts.': 'لا تتجاوز الحسابات {0} حسابًا.',
  'Only days that are over can be closed.': 'لا تُغلق إلا الأيام المنتهية.',
  'The books are closed up to {0} already.': 'الحسابات مغلقة أصلًا حتى {0}.',
  'The date is in the future.': 'التاريخ في المستقبل.',
  'There is no account {0}.': 'لا يوجد حساب {0}.',
  'There is no exchange rate on {0} to post this by. Record one first.':
    'لا يوجد سعر صرف في {0} لترحيل هذا المستند. سجّل سعرًا أولًا.',
  'There is no exchange rate of {0} on {1}. Record one first.': 'لا يوجد سعر صرف للعملة {0} في {1}. سجّل سعرًا أولًا.',
};
