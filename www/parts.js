// Fetches the parts of a program: the script that .ci/pack.rs writes beside each program calls this.

// What failed is forgotten, so that the next call tries again.
const once = (made, key, make) =>
  (made[key] ??= make().catch((error) => {
    delete made[key];
    throw error;
  }));

// What fetches a part, by its name and its bit. `packs` says for each pack which parts need its chunks, a number of bits a chunk;
// `shared` gives what parts and program have in common.
export const loader = (base, shared, packs) => {
  const get = async (name) => {
    const answer = await fetch(new URL(name, base));
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    return answer;
  };
  // A host that does not know what `.wasm` is serves it as something else, which browsers do not compile while it comes.
  const compile = async (name) => {
    const answer = await get(name);
    const isWasm = answer.headers.get("Content-Type")?.startsWith("application/wasm");
    return isWasm ? WebAssembly.compileStreaming(answer) : WebAssembly.compile(await answer.arrayBuffer());
  };
  const [fetched, chunks, parts] = [{}, {}, {}];
  // The chunks of a pack that a part needs. Before each chunk stands its length.
  const unpack = async (pack, part) => {
    const bytes = await once(fetched, pack, async () => (await get(`pack_${pack}.bin`)).arrayBuffer());
    const view = new DataView(bytes);
    let end = 0;
    await Promise.all(
      packs[pack].map((users, index) => {
        const start = end + 4;
        const length = view.getUint32(end, true);
        end = start + length;
        if (users & part)
          return once(chunks, [pack, index], () => WebAssembly.instantiate(new Uint8Array(bytes, start, length), shared()));
      }),
    );
  };
  return (name, part) => async (callback, data) => {
    let isThere = true;
    try {
      await once(parts, name, async () => {
        const own = compile(`split_${name}.wasm`);
        // Said by the `await` below, if it comes to that.
        own.catch(() => {});
        await Promise.all(packs.map((of, pack) => of.some((users) => users & part) && unpack(pack, part)));
        await WebAssembly.instantiate(await own, shared());
      });
    } catch (error) {
      console.error(error);
      isThere = false;
    }
    shared().__wasm_split.__indirect_function_table.get(callback)(data, isThere);
  };
};
