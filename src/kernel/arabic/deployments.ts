/** The Arabic of the messages of src/deployments, by the English template. */
export const deployments: Readonly<Record<string, string>> = {
  'A ROLLBACK, and nothing else, names the deployment that it brings back.':
    'لا يذكر عملية النشر التي يعيدها إلا ROLLBACK.',
  'A deployment of {0} is under way.': 'هناك عملية نشر جارية في بيئة {0}.',
  'A person other than the one who asked for it must approve it.': 'يجب أن يوافق عليه شخص آخر غير من طلبه.',
  'A recorder counts from 1.': 'يعدّ المسجّل ابتداءً من 1.',
  'A rollback to this deployment brings back {0}.': 'الرجوع إلى عملية النشر هذه يعيد الإصدار {0}.',
  'A second person must approve it first.': 'يجب أن يوافق عليه شخص ثانٍ أولًا.',
  'A step or evidence needs a sequence, so that it can be sent again.':
    'تحتاج الخطوة أو الدليل إلى رقم تسلسلي لكي يمكن إرسالها من جديد.',
  'Another agent executes it.': 'ينفّذه وكيل آخر.',
  'Give 0 to {0} seconds.': 'أعطِ من 0 إلى {0} ثانية.',
  'Give 1 to {0}.': 'أعطِ عددًا من 1 إلى {0}.',
  'Give 64 hexadecimal digits.': 'أعطِ 64 رقمًا ست عشريًا.',
  'Give a UUID.': 'أعطِ معرّف UUID.',
  'Give a commit hash.': 'أعطِ بصمة الإيداع (commit).',
  'Give a path or address of 1 to {0} characters.': 'أعطِ مسارًا أو عنوانًا من 1 إلى {0} حرف.',
  'Give a version of 1 to {0} characters.': 'أعطِ إصدارًا من 1 إلى {0} حرف.',
  'Give the last {0} lines at most.': 'أعطِ آخر {0} سطرًا على الأكثر.',
  'Give whole bytes.': 'أعطِ عددًا صحيحًا من البايتات.',
  'Give {0} results at most.': 'أعطِ {0} نتيجة على الأكثر.',
  'It is blue or green.': 'القيمة blue أو green.',
  'It is executed by another agent, or no agent has taken it. Stop executing it.':
    'ينفّذه وكيل آخر، أو لم يأخذه أي وكيل. أوقف تنفيذه.',
  'It is {0}; only a deployment that was live and is INACTIVE now comes back.':
    'حالته {0}؛ لا تعود إلا عملية نشر كانت عاملة وحالتها الآن INACTIVE.',
  'It needs no approval.': 'لا يحتاج إلى موافقة.',
  'It no longer waits for an approval.': 'لم يعد ينتظر الموافقة.',
  'It was recorded before with another content.': 'سُجّل من قبل بمحتوى آخر.',
  'Lines are counted from 1.': 'تُعدّ الأسطر ابتداءً من 1.',
  'No deploy agent of {0} is alive. Start one: npm run deploy -- agent.':
    'لا يعمل أي وكيل نشر في بيئة {0}. شغّل واحدًا: npm run deploy -- agent.',
  'Not safe after {0}; see rollbackCheck.': 'الرجوع غير آمن بعد {0}؛ انظر rollbackCheck.',
  'SUCCESS cannot become {0} by a record. Start a deployment of kind ROLLBACK; its success ends this one.':
    'لا ينتقل SUCCESS إلى {0} بتسجيل. ابدأ عملية نشر من نوع ROLLBACK؛ نجاحها ينهي هذه.',
  'Samples are counted from 1.': 'تُعدّ العينات ابتداءً من 1.',
  'Something is missing before it. Send again from {0}.': 'هناك ما ينقص قبله. أعد الإرسال ابتداءً من {0}.',
  'There are {0} errors and only {1} requests.': 'عدد الأخطاء {0} وعدد الطلبات {1} فقط.',
  'Use a name such as public-smoke.': 'استعمل اسمًا مثل public-smoke.',
  'Use a name such as staging or production.': 'استعمل اسمًا مثل staging أو production.',
  'Use a name such as the host has, of 1 to {0} characters.': 'استعمل اسمًا مثل اسم المضيف، من 1 إلى {0} حرف.',
  'Whoever started it executes it.': 'ينفّذه من بدأه.',
};
