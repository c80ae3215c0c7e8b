import { checkBlock } from '../src/core/data-check'
import { normal, uniform } from '../test/expectations/signal-core'
const tot:Record<string,number>={}
for (const [count, channels, blocks] of [[20,42,1000],[30,3,5000],[60,1,5000],[60,42,1000],[300,42,150]] as const)
 for (const kind of ['normal','uniform','heavy'] as const){
  const n=normal(count*channels+77),u=uniform(count+channels)
  const draw={normal:n,uniform:u,heavy:()=>n()/Math.sqrt((n()**2+n()**2+n()**2)/3)}[kind]
  let w=0; const by:Record<string,number>={}
  for(let b=0;b<blocks;b++){const ch=Array.from({length:channels},(_,c)=>'c'+c);const f=Array.from({length:count},(_,i)=>({channels:ch,start:i*1000,data:Float32Array.from({length:channels},draw)}));const r=checkBlock(f);if(r.length)w++;for(const x of r)by[x.key]=(by[x.key]??0)+1}
  console.log(count,channels,kind,(100*w/blocks).toFixed(2)+'%',by)
 }
