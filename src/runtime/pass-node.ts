import { FrameReader } from '../core/read-frame'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { carriesVerdict, isControl, type Message, type Send } from './message'

/** Behaviour of a learner that is switched to learn nothing (scaler `none`): frames are checked and pass as they are. */
export class PassNode implements Behaviour {
  private readonly reader: FrameReader

  constructor(host: Host) {
    this.reader = new FrameReader(host)
    host.status('grey', 'dot', host.text('status.passing'))
  }

  input(message: Message, send: Send): void {
    if (!isControl(message) && !carriesVerdict(message)) {
      message.payload = this.reader.read(message.payload)
    }
    send(message)
  }
}
