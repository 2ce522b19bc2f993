declare module 'https-pem' {
  const pem: { readonly key: string; readonly cert: string };
  // biome-ignore lint/style/noDefaultExport: it is what the package exports
  export default pem;
}
