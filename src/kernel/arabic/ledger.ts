/** The Arabic of the messages of src/ledger, by the English template. */
export const ledger: Readonly<Record<string, string>> = {
  'There is an account {0} already.': 'الحساب {0} موجود أصلًا.',
  'The code of an account has 4 or 5 digits.': 'رمز الحساب من 4 أو 5 أرقام.',
  'Documents post to account {0}, so it stays in use.': 'المستندات تُرحَّل إلى الحساب {0}، لذلك يبقى مستخدمًا.',
  'A line has a debit or a credit, one of them.': 'في كل سطر مبلغ مدين أو دائن، أحدهما فقط.',
  'Debit and credit differ by {0} {1}.': 'الفرق بين المدين والدائن {0} {1}.',
  'Only documents post to account {0}.': 'لا يُرحَّل إلى الحساب {0} إلا من المستندات.',
  'Account {0} is out of use.': 'الحساب {0} خارج الاستخدام.',
  'Lines of account {0} name nobody.': 'سطور الحساب {0} لا تذكر طرفًا.',
  'Give 2 to {0} lines.': 'أدخل من 2 إلى {0} سطرًا.',
  'This entry is of a document. Void the document instead.': 'هذا القيد لمستند. أبطل المستند بدلًا من ذلك.',
  'This entry is reversed already.': 'هذا القيد معكوس أصلًا.',
  'Account {0} stood at {1} {2} on {3}, not at {4}.': 'رصيد الحساب {0} كان {1} {2} في {3}، وليس {4}.',
  'The books are not closed up to that day.': 'الحسابات ليست مغلقة حتى ذلك اليوم.',
  'The base currency is fixed by the first posting.': 'عملة الأساس ثابتة منذ أول ترحيل.',
  'Only days that are over can be closed.': 'لا تُغلق إلا الأيام المنتهية.',
  'The books are closed up to {0} already.': 'الحسابات مغلقة أصلًا حتى {0}.',
  'The date is in the future.': 'التاريخ في المستقبل.',
  'There is no account {0}.': 'لا يوجد حساب {0}.',
  'There is no exchange rate on {0} to post this by. Record one first.':
    'لا يوجد سعر صرف في {0} لترحيل هذا المستند. سجّل سعرًا أولًا.',
  'There is no exchange rate of {0} on {1}. Record one first.': 'لا يوجد سعر صرف للعملة {0} في {1}. سجّل سعرًا أولًا.',
};
