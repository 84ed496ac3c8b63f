/** The Arabic of the messages of src/orders, by the English template. */
export const orders: Readonly<Record<string, string>> = {
  'A quote ends today or later.': 'ينتهي عرض السعر اليوم أو بعده.',
  'Choose payment on delivery or by transfer.': 'اختر الدفع عند التسليم أو بالتحويل.',
  'Credit is agreed in {0}; this order is in {1}.': 'الائتمان متفق عليه بعملة {0}؛ وهذا الطلب بعملة {1}.',
  'Everything on this order has been shipped.': 'شُحن كل ما في هذا الطلب.',
  'Nothing would change.': 'لن يتغير شيء.',
  'Only {0} of {1} are reserved; {2} wait for goods.': 'المحجوز من {1} هو {0} فقط؛ و{2} بانتظار البضاعة.',
  'The rest of this order waits for goods.': 'بقية هذا الطلب بانتظار البضاعة.',
  'Only a person or a key can do this.': 'لا يستطيع ذلك إلا شخص أو مفتاح.',
  'Only staff may set this.': 'لا يحدد هذا إلا الموظفون.',
  'The customer of this order is inactive or archived.': 'عميل هذا الطلب غير فعّال أو مؤرشف.',
  'The discount is above the limit and must be approved.': 'الخصم أكبر من الحد المسموح ويحتاج إلى موافقة.',
  'The list {0} is in {1}; this order is in {2}.': 'القائمة {0} بعملة {1}؛ وهذا الطلب بعملة {2}.',
  'The price of {0} is at least {1} {2}.': 'سعر {0} لا يقل عن {1} {2}.',
  'The remaining credit is {0} {1}; this comes to {2}.': 'الائتمان المتبقي {0} {1}، والمطلوب {2}.',
  'Part of this order is billed. Close it, and make another order for what is new.':
    'صدرت فاتورة بجزء من هذا الطلب. أغلقه، وأنشئ طلبًا آخر للجديد.',
  'Part of {0} has been returned already.': 'أُرجع جزء من {0} من قبل.',
  'These goods left with an invoice. Void the invoice.': 'خرجت هذه البضاعة مع فاتورة. ألغِ الفاتورة.',
  'This customer has no open price list.': 'ليس لهذا العميل قائمة أسعار سارية.',
  'This order is delivered. Credit the goods that came back instead.':
    'سُلّم هذا الطلب. أصدر إشعار دائن بالبضاعة التي عادت بدلًا من ذلك.',
  'This order does not wait for approval.': 'لا ينتظر هذا الطلب الموافقة.',
  'This order is confirmed. Ask the company to cancel it.': 'هذا الطلب مؤكد. اطلب من الشركة إلغاءه.',
  'This quote was valid until {0}. Set its terms anew.': 'كان عرض السعر هذا ساريًا حتى {0}. حدد شروطه من جديد.',
  'Void the invoices of this order first.': 'ألغِ فواتير هذا الطلب أولًا.',
  'You need the permission credit:override.': 'تحتاج إلى الصلاحية credit:override.',
  '{0} of {1} have left already.': 'خرج {0} من {1} من قبل.',
  '{0} stands on a shipment or an invoice. Close the order instead.':
    '{0} وارد في شحنة أو فاتورة. أغلق الطلب بدلًا من ذلك.',
  '{0} of {1} are billed and have not left. Credit them first.':
    'صدرت فاتورة بكمية {0} من {1} ولم تخرج بعد. أصدر بها إشعار دائن أولًا.',
  '{0} has no price in the list {1}.': 'ليس للمنتج {0} سعر في القائمة {1}.',
  '{0} is not for sale.': '{0} غير معروض للبيع.',
  '{0} {1} are overdue.': 'هناك مبالغ متأخرة: {0} {1}.',
};
