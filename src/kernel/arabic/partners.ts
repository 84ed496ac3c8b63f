/** The Arabic of the messages of src/partners, by the English template. */
export const partners: Readonly<Record<string, string>> = {
  'Ask for nodes and pageInfo { hasNextPage endCursor }.': 'اطلب nodes و pageInfo { hasNextPage endCursor }.',
  'At most {0} exports at once.': 'لا تتجاوز عمليات التصدير {0} في الوقت نفسه.',
  'Give one field, without an alias.': 'أعطِ حقلًا واحدًا بلا اسم بديل.',
  'Give one query.': 'أعطِ استعلامًا واحدًا.',
  'The connection takes first: $first and after: $after; the export turns the pages.':
    'تأخذ القائمة first: $first و after: $after؛ والتصدير يقلّب الصفحات.',
  'The field is no connection.': 'هذا الحقل ليس قائمة مقسّمة إلى صفحات.',
};
