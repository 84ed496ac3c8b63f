/** The Arabic of the messages of src/customers, by the English template. */
export const customers: Readonly<Record<string, string>> = {
  'A code has 1 to 30 capitals, digits or dashes.': 'الرمز من 1 إلى 30 من الحروف الكبيرة أو الأرقام أو الشرطات.',
  'A credit limit is not negative.': 'لا يكون حد الائتمان سالبًا.',
  'A customer cannot be merged into itself.': 'لا يمكن دمج العميل في نفسه.',
  'A customer has a name.': 'للعميل اسم.',
  'At most {0} of each.': 'لا يتجاوز كل منها {0}.',
  'Choose a customer.': 'اختر عميلًا.',
  'It is empty.': 'الحقل فارغ.',
  'One address is the default one.': 'عنوان واحد فقط هو العنوان الافتراضي.',
  'Only a client or a consumer signs in for a customer.': 'لا يسجّل الدخول باسم عميل إلا زبون جملة أو مستهلك.',
  'The limit is {0} {1}. Give it anew, in {2}.': 'حد الائتمان {0} {1}. حدده من جديد بعملة {2}.',
  'There is an open balance: {0}. Settle it first.': 'هناك رصيد مفتوح: {0}. سوِّه أولًا.',
  '{0} orders are still open. Ship, close or cancel them first.':
    'هناك {0} من الطلبات المفتوحة. اشحنها أو أغلقها أو ألغها أولًا.',
  'The customer {0} is archived.': 'العميل {0} مؤرشف.',
  'There is a customer {0} already.': 'يوجد عميل بالرمز {0}.',
  'This person is neither a salesperson nor a partner.': 'هذا الشخص ليس مندوب مبيعات ولا شريكًا.',
  '{0} pays in {1}, and {2} in {3}.': 'عملة {0} هي {1}، وعملة {2} هي {3}.',
};
