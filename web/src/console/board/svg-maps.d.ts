/** What the package of boundaries holds; its own types need one more package. */
declare module "@svg-maps/south-korea" {
  const map: {
    readonly viewBox: string;
    readonly locations: readonly { readonly id: string; readonly name: string; readonly path: string }[];
  };
  export default map;
}
