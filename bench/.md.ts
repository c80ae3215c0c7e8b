import { MedianFinder } from '../src/core/features/median'
const n=100
let s=1; const r=()=>(s=(s*1103515245+12345)%2147483648)/2147483648-.5
const W=2000
const datas=Array.from({length:W},()=>Float64Array.from({length:n},()=>r()+r()+r()))
const mm=datas.map(d=>[Math.min(...d),Math.max(...d)] as const)
const f=new MedianFinder(n)
const buckets=64, counts=new Int32Array(65), bucketOf=new Int32Array(n)
function hist(v:Float64Array,min:number,max:number){const scale=buckets/(max-min);counts.fill(0);for(let i=0;i<n;i++){const b=((v[i]!-min)*scale)|0;bucketOf[i]=b;counts[b]!++}return counts[3]!}
function hist0(v:Float64Array,min:number,max:number){const scale=buckets/(max-min);for(let i=0;i<n;i++){const b=((v[i]!-min)*scale)|0;bucketOf[i]=b}return counts[3]!}
function time(name:string,fn:(i:number)=>number){let best=1e9;let x=0;for(let rep=0;rep<20;rep++){const t0=process.hrtime.bigint();for(let i=0;i<W;i++)x+=fn(i);best=Math.min(best,Number(process.hrtime.bigint()-t0)/W)}console.log(name,best.toFixed(0),'ns',x)}
time('full',i=>f.median(datas[i]!,mm[i]![0],mm[i]![1]))
time('hist',i=>hist(datas[i]!,mm[i]![0],mm[i]![1]))
time('hist0',i=>hist0(datas[i]!,mm[i]![0],mm[i]![1]))
time('fill',i=>{counts.fill(0);return i})
const c4=new Int32Array(65*4)
function hist4(v:Float64Array,min:number,max:number){const scale=buckets/(max-min);c4.fill(0);for(let i=0;i<n;i++){const b=((v[i]!-min)*scale)|0;bucketOf[i]=b;const at=b*4+(i&3);c4[at]=c4[at]!+1|0}return c4[3]!}
function histb(v:Float64Array,min:number,max:number){const scale=buckets/(max-min);counts.fill(0);for(let i=0;i<n;i++){const b=((v[i]!-min)*scale)|0;bucketOf[i]=b;counts[b]=(counts[b]!+1)|0}return counts[3]!}
const cf=new Float64Array(65)
function histf(v:Float64Array,min:number,max:number){const scale=buckets/(max-min);cf.fill(0);for(let i=0;i<n;i++){const b=((v[i]!-min)*scale)|0;bucketOf[i]=b;cf[b]=cf[b]!+1}return cf[3]!}
const c8=new Uint8Array(65)
function hist8(v:Float64Array,min:number,max:number){const scale=buckets/(max-min);c8.fill(0);for(let i=0;i<n;i++){const b=((v[i]!-min)*scale)|0;bucketOf[i]=b;c8[b]=c8[b]!+1}return c8[3]!}
const found=new Float64Array(n+1)
function win(v:Float64Array,a:number,b:number){let below=0,count=0;for(let i=0;i<n;i++){const x=v[i]!;found[count]=x;const lo=x<a?1:0;const hi=x<=b?1:0;below=(below+lo)|0;count=(count+(hi-lo))|0}return below+count}
function win2(v:Float64Array,a:number,b:number,mid:number,w:number){let below=0,count=0;const s=1/w;for(let i=0;i<n;i++){const x=v[i]!;found[count]=x;const t=((x-mid)*s)|0; /* 0 in (-w,w) */ below=(below+(t>>>31))|0;count=(count+(((t|-t)>>>31)^1))|0}return below+count}
for(let k=0;k<2;k++){
time('hist',i=>hist(datas[i]!,mm[i]![0],mm[i]![1]))
time('histb',i=>histb(datas[i]!,mm[i]![0],mm[i]![1]))
time('hist4',i=>hist4(datas[i]!,mm[i]![0],mm[i]![1]))
time('histf',i=>histf(datas[i]!,mm[i]![0],mm[i]![1]))
time('hist8',i=>hist8(datas[i]!,mm[i]![0],mm[i]![1]))
time('win',i=>win(datas[i]!,-.1,.1))
time('win2',i=>win2(datas[i]!,-.1,.1,0,.1))
}
