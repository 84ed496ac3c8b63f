/** The Arabic of the messages of src/purchasing, by the English template. */
export const purchasing: Readonly<Record<string, string>> = {
  'Everything on this bill has been received.': 'استُلم كل ما في فاتورة المورد هذه.',
  'Everything on this order has been received.': 'استُلم كل ما في طلب الشراء هذا.',
  'Give a vendor or a bill.': 'حدِّد موردًا أو فاتورة مورد.',
  'Costs of this bill are part of the stock. Correct them instead.':
    'تكاليف فاتورة المورد هذه جزء من قيمة المخزون. صحِّحها بدلًا من ذلك.',
  'Goods of this bill have been received. Correct its costs, or return them to the vendor.':
    'استُلمت بضاعة من فاتورة المورد هذه. صحِّح تكاليفها أو أرجع البضاعة إلى المورد.',
  'It would come to {0}, and more of it is settled. Void a payment first.':
    'سيصبح المجموع {0}، والمسدَّد منها أكثر من ذلك. ألغِ دفعة أولًا.',
  'Its goods went back to the vendor. Enter a new bill instead.':
    'عادت بضاعته إلى المورد. أدخل فاتورة مورد جديدة بدلًا من ذلك.',
  'Name the bill whose goods go back.': 'حدِّد فاتورة المورد التي تُرجَع بضاعتها.',
  'Only a service can be a cost of goods.': 'لا تكون تكلفةً على البضاعة إلا خدمة.',
  'Only {0} of {1} are not billed yet.': 'لم يبقَ غير مفوتر من {1} إلا {0}.',
  'The goods cannot come before they are ordered.': 'لا يمكن أن تصل البضاعة قبل طلبها.',
  'The receipt has another product on this line.': 'في إيصال الاستلام منتج آخر في هذا السطر.',
  'This bill has no goods. Name the receipt whose goods it makes dearer.':
    'لا بضاعة في فاتورة المورد هذه. حدِّد إيصال الاستلام الذي تخص التكلفة بضاعته.',
  'This bill is void.': 'فاتورة المورد هذه ملغاة.',
  'This vendor is archived.': 'هذا المورد مؤرشف.',
  '{0} has made these goods dearer. Correct that bill first.': 'زادت {0} كلفة هذه البضاعة. صحّح تلك الفاتورة أولًا.',
  '{0} of {1} {2} are billed. Return them to the vendor instead.':
    'صدرت فاتورة بكمية {0} من {1} {2}. أعدها إلى المورد بدلًا من ذلك.',
};
