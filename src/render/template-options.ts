/** The options of Nunjucks for the templates, at run time and in the build of a bundle. */
export const TEMPLATE_OPTIONS = {
  autoescape: false,
  throwOnUndefined: true,
  trimBlocks: true,
  lstripBlocks: true,
} as const;
