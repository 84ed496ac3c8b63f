/** The Arabic of the messages of src/platform, by the English template. */
export const platform: Readonly<Record<string, string>> = {
  'A filter holds at most {0} conditions.': 'لا تتجاوز شروط التصفية {0}.',
  'A filter nests at most {0} levels.': 'لا تتجاوز مستويات التصفية المتداخلة {0}.',
  'A key is namespaced: small letters, digits and dashes with dots between.':
    'للمفتاح نطاق: حروف صغيرة وأرقام وشرطات بينها نقاط.',
  'A record holds {0} keys.': 'يحمل السجل {0} مفتاحًا على الأكثر.',
  'A row is given twice.': 'تكرر أحد الصفوف.',
  'An amount or a quantity, or a sum that it belongs to, is larger than can be kept.':
    'مبلغ أو كمية أو مجموع ينتمي إليه أكبر مما يمكن حفظه.',
  'An idempotency key has 8 to 100 printable characters without spaces, such as a UUID.':
    'مفتاح منع التكرار من 8 إلى 100 حرف مطبوع بلا مسافات، مثل UUID.',
  'At most {0} different subscriptions a person.': 'لا تتجاوز الاشتراكات المختلفة {0} للشخص الواحد.',
  'At most {0} subscriptions a person.': 'لا تتجاوز الاشتراكات {0} للشخص الواحد.',
  'At most {0} subscriptions a socket.': 'لا تتجاوز الاشتراكات {0} في الاتصال الواحد.',
  'At most {0} values.': 'لا تتجاوز القيم {0}.',
  'Give 1 to {0} entries.': 'أعطِ من مدخل واحد إلى {0} مدخلًا.',
  'Give first or last, not both.': 'أعطِ first أو last، لا كليهما.',
  'Name at least one type. {0}': 'اذكر نوعًا واحدًا على الأقل. {0}',
  'Name each type once.': 'اذكر كل نوع مرة واحدة.',
  'Subscriptions run over the WebSocket at /graphql, by the protocol graphql-transport-ws.':
    'تعمل الاشتراكات عبر WebSocket على /graphql ببروتوكول graphql-transport-ws.',
  'The records are being changed at the moment. Try again.': 'تُغيَّر هذه السجلات الآن. حاول من جديد.',
  'The same key appears twice.': 'تكرر المفتاح نفسه.',
  'The service has more work than it can do at the moment.': 'لدى الخدمة الآن عمل أكثر مما تستطيع إنجازه.',
  'The service is away for a moment. Try again.': 'الخدمة غير متاحة للحظة. حاول من جديد.',
  'The subscription took too long to answer. Resume it by its cursor.': 'استغرق الاشتراك وقتًا طويلًا. استأنفه من مؤشره.',
  'This key was used before with another input. Take a new key.':
    'استُعمل هذا المفتاح من قبل مع مدخلات أخرى. خذ مفتاحًا جديدًا.',
  'This takes the database too long. Ask for a shorter period, fewer rows or fewer conditions.':
    'يستغرق هذا من قاعدة البيانات وقتًا أطول من المسموح. اطلب مدة أقصر أو صفوفًا أو شروطًا أقل.',
  'Too many new subscriptions. Subscribe again later.': 'اشتراكات جديدة كثيرة. اشترك لاحقًا.',
  'Too many requests at once. Wait for the answers of those you have sent.':
    'طلبات كثيرة في الوقت نفسه. انتظر إجابات ما أرسلته.',
  'Unknown filter field {0}.': 'حقل التصفية {0} غير معروف.',
  'Unknown operator {0}.': 'المعامل {0} غير معروف.',
  'Unknown type {0}. {1}': 'النوع {0} غير معروف. {1}',
  'You have used up what you may ask for in a minute. Try again later.':
    'استنفدت ما يمكنك طلبه في الدقيقة. حاول لاحقًا.',
  'You need the permission {0} to {1}.': 'تحتاج إلى الصلاحية {0} لما يلي: {1}.',
  'You need the permission {0}.': 'تحتاج إلى الصلاحية {0}.',
  '{0} is at most {1}.': 'لا تتجاوز قيمة {0} العدد {1}.',
  '{0} is negative.': 'قيمة {0} سالبة.',
  '{0} is no cursor of this list. Take it from pageInfo or an edge of the same order.':
    'قيمة {0} ليست مؤشرًا لهذه القائمة. خذه من pageInfo أو من حافة بالترتيب نفسه.',
};
