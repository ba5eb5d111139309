// No module, and that on purpose: of each import of this package, TypeScript below 5.0 says that this file "is not a module".
declare const needsTypeScript: '5.0 or later';
