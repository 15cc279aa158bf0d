// Types of CSS modules: each exports its class names.
declare module '*.module.css' {
  const classes: Record<string, string>;
  export default classes;
}
