/** The Arabic of the messages of src/identity, by the English template. */
export const identity: Readonly<Record<string, string>> = {
  'A key has no password.': 'ليس للمفتاح كلمة مرور.',
  'A key never touches owners.': 'لا يمس المفتاح المالكين أبدًا.',
  'A password has {0} to {1} characters.': 'طول كلمة المرور من {0} إلى {1} حرفًا.',
  'Give at least one scope.': 'اذكر صلاحية واحدة على الأقل.',
  'It is in the past.': 'الوقت في الماضي.',
  'Open the link that was sent to this address to finish.': 'افتح الرابط الذي أُرسل إلى هذا البريد لإكمال التسجيل.',
  'The company keeps at least one owner who can sign in.': 'يبقى للشركة مالك واحد على الأقل يستطيع تسجيل الدخول.',
  'The e-mail address or the password is not right.': 'البريد الإلكتروني أو كلمة المرور غير صحيحة.',
  'The link is not valid any more. Ask for a new one.': 'لم يعد الرابط صالحًا. اطلب رابطًا جديدًا.',
  'The present password is not right.': 'كلمة المرور الحالية غير صحيحة.',
  'The refresh token is not valid. Sign in again.': 'رمز التجديد غير صالح. سجّل الدخول من جديد.',
  'The token is not valid or has ended. Sign in again.': 'رمز الدخول غير صالح أو انتهى. سجّل الدخول من جديد.',
  'There is a user with this e-mail address.': 'يوجد مستخدم بهذا البريد الإلكتروني.',
  'There is no such role.': 'لا يوجد دور بهذا الاسم.',
  'These are not your sessions.': 'هذه الجلسات ليست لك.',
  'This is for people who may {0}, as the role {1} may; you may not.':
    'هذا لمن يملك الصلاحية {0} التي يملكها الدور {1}؛ أنت لا تملكها.',
  'This password is among the first that are guessed. Choose another one.':
    'كلمة المرور هذه من أول ما يُخمَّن. اختر غيرها.',
  'This password is your name, your e-mail address or the company. Choose another one.':
    'كلمة المرور هذه هي اسمك أو بريدك أو اسم الشركة. اختر غيرها.',
  'This user is inactive.': 'هذا المستخدم غير فعّال.',
  'Too many tries. Try again later.': 'محاولات كثيرة. حاول لاحقًا.',
  'Unknown scope {0}.': 'الصلاحية {0} غير معروفة.',
  'Use "Authorization: Bearer <token>".': 'استعمل الترويسة "Authorization: Bearer <token>".',
  'You cannot grant {0}, which you do not have.': 'لا يمكنك منح {0} وأنت لا تملكها.',
};
