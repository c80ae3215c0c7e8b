import { createFourier } from '../src/core/features/fourier'
import { PowerSpectrum } from '../src/core/features/spectrum'
const r=()=>Math.random()-.5
for (const n of [50,100,200]) {
  const f=createFourier(n)
  const re=new Float64Array(n).map(r), im=new Float64Array(n).map(r), p=new Float64Array(n),q=new Float64Array(n)
  const x=re.slice(),y=im.slice()
  const sp=new PowerSpectrum(n)
  const time=(name:string,fn:()=>void)=>{let best=1e9;for(let rep=0;rep<20;rep++){const t=process.hrtime.bigint();for(let i=0;i<5000;i++)fn();best=Math.min(best,Number(process.hrtime.bigint()-t)/5000)}console.log(n,name,best.toFixed(0))}
  time('fft',()=>{for(let i=0;i<n;i++){re[i]=x[i]!;im[i]=y[i]!} f.transform(re,im)})
  time('copy',()=>{for(let i=0;i<n;i++){re[i]=x[i]!;im[i]=y[i]!}})
  time('pair',()=>sp.transform(x,p,y,q))
  time('single',()=>sp.transform(x,p))
}
