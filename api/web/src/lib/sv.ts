const sv: Record<string, string> = {};
export default sv;
