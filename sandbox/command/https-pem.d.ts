declare module 'https-pem' {
  const pem: { readonly key: Buffer; readonly cert: Buffer };
  // biome-ignore lint/style/noDefaultExport: it is what the package exports
  export default pem;
}
