declare module 'node-red-node-test-helper' {
  import type { Node } from 'node-red'

  /** The part of the helper that the tests use; the package has no types of its own. */
  interface NodeTestHelper {
    init(runtimePath: string, settings?: Readonly<Record<string, unknown>>): void
    settings(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>
    load(nodes: unknown, flow: unknown, credentials?: unknown): Promise<void>
    unload(): Promise<void>
    getNode(id: string): Node
    startServer(): Promise<void>
    stopServer(): Promise<void>
    log(): { readonly args: readonly (readonly unknown[])[] }
    url(): string
  }
  const helper: NodeTestHelper
  export default helper
}
