/** The Arabic of the messages of src/billing, by the English template. */
export const billing: Readonly<Record<string, string>> = {
  'Only goods that come back can be damaged.': 'لا تكون تالفة إلا بضاعة تعود.',
  'A {0} order cannot be invoiced.': 'لا يمكن إصدار فاتورة لطلب حالته {0}.',
  'By the terms of {0} days it is due on {1} at the latest.': 'مدة السداد {0} يومًا، فآخر موعد للاستحقاق {1}.',
  'An invoice for an order takes no customer and no free lines.': 'فاتورة الطلب لا تأخذ عميلًا ولا أسطرًا حرة.',
  'An invoice without an order needs lines.': 'الفاتورة التي بلا طلب تحتاج إلى أسطر.',
  'Everything on this order has been invoiced.': 'صدرت فواتير بكل ما في هذا الطلب.',
  'Give an order, or a customer with free lines.': 'اذكر طلبًا، أو عميلًا مع أسطر حرة.',
  'Give either lines or an amount.': 'اذكر الأسطر أو المبلغ، لا كليهما.',
  'Its goods were taken off the order. Make a new order instead.':
    'أُسقطت بضاعته من الطلب. أنشئ طلبًا جديدًا بدلًا من ذلك.',
  'Its goods are back in stock. Issue a new invoice instead.': 'عادت بضاعته إلى المخزن. أصدر فاتورة جديدة بدلًا من ذلك.',
  'Name at least one line.': 'اذكر سطرًا واحدًا على الأقل.',
  'Name the lines whose goods come back.': 'اذكر الأسطر التي تُرجع بضاعتها.',
  'Only {0} of {1} can be credited.': 'يمكن إصدار إشعار دائن بمبلغ {0} فقط من {1}.',
  'Only {0} of {1} can be returned.': 'يمكن إرجاع {0} فقط من {1}.',
  'Part of it has been refunded.': 'رُدّ جزء منه إلى العميل.',
  'The credited amount must be above 0.': 'يجب أن يكون المبلغ الدائن أكبر من 0.',
  'The total of an invoice cannot be negative.': 'لا يمكن أن يكون مجموع الفاتورة سالبًا.',
  'These lines contain no goods to return.': 'لا تحتوي هذه الأسطر على بضاعة يمكن إرجاعها.',
  'This invoice has credit notes. Void them first.': 'لهذه الفاتورة إشعارات دائن. ألغها أولًا.',
  'You need the permission invoices:free.': 'تحتاج إلى الصلاحية invoices:free.',
  '{0} is of {1}; it cannot be credited before.': 'تاريخ {0} هو {1}؛ لا يمكن إصدار إشعار دائن قبله.',
  'This is an opening balance. Void the batch of openings instead.':
    'هذا رصيد افتتاحي. ألغِ دفعة الأرصدة الافتتاحية بدلًا من ذلك.',
  'You may write off {0} IQD of an invoice at most.': 'لك أن تشطب {0} دينار من الفاتورة على الأكثر.',
};
