/** How Nunjucks reads the templates, at run time and in the build of a bundle alike. */
export const TEMPLATE_OPTIONS = {
  autoescape: false,
  throwOnUndefined: true,
  trimBlocks: true,
  lstripBlocks: true,
} as const;
