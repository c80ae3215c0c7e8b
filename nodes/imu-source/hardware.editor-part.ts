import type { Chip } from '../../src/sources/i2c/chip'
import { FASTEST_POLL } from '../../src/sources/i2c/chips/registry'

const USUAL_RATE = 200

interface I2cProperties {
  readonly chip: string
  readonly address: string
  readonly i2cRate: string
  readonly range: string
  readonly gyroRange: string
}

function fill(
  id: string,
  values: readonly (string | number)[],
  value: string,
  label: (choice: string | number) => string = String,
): void {
  const select = $(`#node-input-${id}`).empty()
  for (const choice of values) $('<option>').val(String(choice)).text(label(choice)).appendTo(select)
  select.val(values.map(String).includes(value) ? value : String(values[0] ?? '')).trigger('change')
  select.data('usual', String(select.val() ?? ''))
}

/** Leaves empty what was empty and shows the usual value of the chip: a look into the dialog is no change of the node. */
export function leaveUsual(node: I2cProperties): void {
  for (const id of ['address', 'i2cRate', 'range', 'gyroRange'] as const) {
    const select = $(`#node-input-${id}`)
    const isUsual = String(select.val() ?? '') === select.data('usual')
    if (node[id] === '' && isUsual) $('<option value="">').appendTo(select.empty())
  }
}

function nearest(values: readonly number[], wanted: number): string {
  return String(
    values.reduce(
      (best, value) => (Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best),
      values[0] ?? wanted,
    ),
  )
}

/** A box that the chip has no use for is unticked too: what is ticked is saved, and a disabled box could not be unticked. */
function offer(id: string, isThere: boolean): void {
  const box = $(`#node-input-${id}`).prop('disabled', !isThere)
  if (!isThere) box.prop('checked', false).trigger('change')
}

/** Fills addresses, rates and ranges with what the chosen chip offers. */
export function prepareI2c(chips: readonly Chip[], node: I2cProperties): void {
  const select = $('#node-input-chip').empty()
  for (const chip of chips) $('<option>').val(chip.name).text(chip.label).appendTo(select)
  select.val(node.chip)
  const chosen = (): Chip | undefined => chips.find((one) => one.name === select.val())
  const fillRates = (wanted: string): void => {
    const chip = chosen()
    if (chip === undefined) return
    const singly = chip.fifo === undefined || $('#node-input-reading').val() === 'registers'
    const rates = chip.rates.filter((rate) => !singly || rate <= FASTEST_POLL)
    const usual = nearest(rates, USUAL_RATE)
    fill('i2cRate', rates, wanted === '' ? usual : nearest(rates, Number(wanted)))
    $('#node-input-i2cRate').data('usual', usual)
  }
  const update = (): void => {
    const chip = chosen()
    if (chip === undefined) return
    const hex = (address: string | number): string => `0x${Number(address).toString(16)}`
    fill('address', chip.addresses, node.address, hex)
    fillRates(node.i2cRate)
    fill('range', chip.ranges, node.range || nearest(chip.ranges, 4))
    fill('gyroRange', chip.gyroRanges, node.gyroRange || nearest(chip.gyroRanges, 500))
    offer('gyroscope', chip.gyroRanges.length > 0)
    offer('temperature', chip.hasTemperature)
    $('#node-input-reading').prop('disabled', chip.fifo === undefined)
  }
  select.on('change', update)
  $('#node-input-reading').on('change', () => fillRates(String($('#node-input-i2cRate').val() ?? '')))
  update()
}

/** The buttons that look for serial ports and for chips on the bus. */
export function prepareSearch(translate: (key: string, params?: Record<string, string>) => string): void {
  const ask = <T>(url: string, place: JQuery, show: (found: readonly T[]) => void): void => {
    place.empty()
    $.getJSON(url).then(
      (found: readonly T[]) => (found.length === 0 ? place.text(translate('found.none')) : show(found)),
      (reply: JQuery.jqXHR) => {
        const body = reply.responseJSON as { error?: string } | undefined
        place.text(translate('found.failed', { reason: body?.error ?? reply.statusText }))
      },
    )
  }
  const choice = (place: JQuery, text: string, choose: () => void): void => {
    $('<a href="#">')
      .css('display', 'block')
      .text(text)
      .appendTo(place)
      .on('click', (event) => {
        event.preventDefault()
        choose()
      })
  }
  $('#anomaly-serial-search').on('click', () => {
    const place = $('#anomaly-serial-ports')
    ask<{ path: string; description: string }>('edge-anomaly/serial-ports', place, (ports) => {
      for (const port of ports) {
        choice(place, `${port.path} ${port.description}`, () =>
          $('#node-input-serialPath').val(port.path).trigger('change'),
        )
      }
    })
  })
  $('#anomaly-i2c-scan').on('click', () => {
    const place = $('#anomaly-i2c-found')
    const bus = String($('#node-input-i2cBus').val() ?? '1')
    ask<{ address: number; chip?: string; label?: string }>(
      `edge-anomaly/i2c/${encodeURIComponent(bus)}`,
      place,
      (found) => {
        for (const device of found) {
          choice(place, `0x${device.address.toString(16)} ${device.label ?? device.chip ?? ''}`, () => {
            if (device.chip !== undefined) $('#node-input-chip').val(device.chip).trigger('change')
            $('#node-input-address').val(String(device.address)).trigger('change')
          })
        }
      },
    )
  })
}
