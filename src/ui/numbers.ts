/**
 * Numbers as all panels show them. They stand apart from sizes and dates
 * because they are loaded with the page.
 */

const formats = new Map<string, Intl.NumberFormat>();

/** A number with thousands separators and a fixed number of decimals. */
export function formatNumber(value: number, locale = 'en', digits = 0): string {
  return formatOf(`${digits}`, locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits
  }).format(value);
}

/**
 * A format, the same one at every call: making one takes long.
 *
 * @param name - Of the options.
 */
export function formatOf(
  name: string,
  locale: string,
  options: Intl.NumberFormatOptions
): Intl.NumberFormat {
  const id = `${locale}/${name}`;
  let format = formats.get(id);
  if (format === undefined) {
    try {
      format = new Intl.NumberFormat(locale.replace('_', '-'), options);
    } catch {
      // JupyterLab's "default" is no language tag.
      format = new Intl.NumberFormat('en', options);
    }
    formats.set(id, format);
  }
  return format;
}
