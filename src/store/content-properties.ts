/** The properties that are headers of HTTP itself. */
export const CONTENT_PROPERTIES = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'expires',
] as const;
